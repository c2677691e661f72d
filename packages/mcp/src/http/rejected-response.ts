/** Why a server over HTTP does not pass a request on to MCP. */
export type HttpErrorCode =
  | 'host_refused'
  | 'origin_refused'
  | 'not_found'
  | 'bad_request'
  | 'method_not_allowed'
  | 'caller_unknown'

export function rejectedResponse(
  code: HttpErrorCode | 'internal_error',
  message: string,
  status = 403,
): Response {
  return Response.json({ error: code, error_description: message }, { status })
}
