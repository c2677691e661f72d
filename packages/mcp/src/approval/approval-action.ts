import type { ApprovalSubject } from '@authsec/core'

/** What an approval is for, as text: the same call gives the same text, because keys are sorted at every depth. */
export function canonicalAction(tool: string, subject: ApprovalSubject): string {
  const { resource, method, route, values } = subject
  return JSON.stringify({ tool, resource, method, route, values }, (_key, value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}
