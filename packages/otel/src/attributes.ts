/**
 * The names that spans and metrics use. Those of the semantic conventions of OpenTelemetry (1.45) are copied, as the
 * conventions advise for names that are not stable: their package is 9.8 MB.
 */

export const ERROR_TYPE = 'error.type'
export const HTTP_METHOD = 'http.request.method'
export const HTTP_RESEND_COUNT = 'http.request.resend_count'
export const HTTP_STATUS = 'http.response.status_code'
export const SERVER_ADDRESS = 'server.address'
export const SERVER_PORT = 'server.port'
export const URL_SCHEME = 'url.scheme'
export const GEN_AI_OPERATION = 'gen_ai.operation.name'
export const GEN_AI_TOOL = 'gen_ai.tool.name'
export const GEN_AI_TOOL_CALL = 'gen_ai.tool.call.id'

export const EXECUTE_TOOL = 'execute_tool'

/** Ours. docs/telemetry.md says what each holds. */
export const authsec = {
  step: 'authsec.step',
  client: 'authsec.client',
  callId: 'authsec.call.id',
  run: 'authsec.run',
  user: 'authsec.user',
  caller: 'authsec.caller',
  provider: 'authsec.provider',
  resource: 'authsec.resource',
  route: 'authsec.route',
  permission: 'authsec.permission',
  outcome: 'authsec.outcome',
  code: 'authsec.code',
  attempts: 'authsec.attempts',
  attempt: 'authsec.attempt',
  cause: 'authsec.cause',
  token: 'authsec.token',
  tokenReason: 'authsec.token.reason',
  tokenExpiresAt: 'authsec.token.expires_at',
  tokenPermissions: 'authsec.token.permissions',
  tokenProblem: 'authsec.token.problem',
  approvalCode: 'authsec.approval.code',
  approver: 'authsec.approval.approver',
  decidedAt: 'authsec.approval.decided_at',
  waitedSeconds: 'authsec.approval.waited_s',
  decision: 'authsec.decision',
  anyPermission: 'authsec.permission.any',
  held: 'authsec.permission.held',
  cached: 'authsec.cached',
} as const
