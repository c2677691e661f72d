/** The methods that a resource may allow (RFC 9110 section 9, RFC 5789). */
export const METHODS: readonly string[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]

/** Whether a body is sent with a method. */
export function mayHaveBody(method: string): boolean {
  return ['POST', 'PUT', 'PATCH'].includes(method)
}
