import { permissionNames } from './challenge.ts'

/** What a sentence of AuthSec's Python packages says, where a transport left nothing else of an answer. */
export interface DenialText {
  readonly code:
    | 'insufficient_scope'
    | 'client_registration_revoked'
    | 'token_revoked'
    | 'token_expired'
    | 'no_token'
    | 'audience_mismatch'
    | 'invalid_token'
  readonly scopes: readonly string[]
  readonly granted: readonly string[]
  readonly tool: string | undefined
}

const SCOPE =
  /insufficient[_ ]scope|requires? scope|required scope|lacks required|no scope mapping for tool|permission that this call needs|requires the permission [\w.*/-]+:/

/** In the order in which `parse_mcp_error` of authsec-sdk looks for them. */
const CODES: readonly (readonly [RegExp, DenialText['code']])[] = [
  [SCOPE, 'insufficient_scope'],
  [
    /(client|registration).*revoked|revoked.*(client|registration)|registration.*pending/,
    'client_registration_revoked',
  ],
  [/(token|access|session).*revoked/, 'token_revoked'],
  [/(token|session|credential)[^.]*expired|expired[^.]*token/, 'token_expired'],
  [/missing[^.]*bearer|no bearer token|authorization header required/, 'no_token'],
  [/invalid_token/, 'invalid_token'],
  [/(token|aud)[^.]*audience|audience[^.]*token|invalid_audience/, 'audience_mismatch'],
]

/** In a text of which nothing is known: one that does not name what was refused can be about anything. */
const NAMED_CODES: typeof CODES = [
  [
    /insufficient[_ ]scope|requires? scope|required scope|no scope mapping for tool|permission that this call needs|requires the permission [\w.*/-]+:/,
    'insufficient_scope',
  ],
  [
    /client[_ ]registration[^.]*(revoked|pending)|revoked[^.]*client[_ ]registration/,
    'client_registration_revoked',
  ],
  [
    /\b(token|credential|delegation)s?\b[^.]*revoked|revoked[^.]*\b(token|credential|delegation)s?\b/,
    'token_revoked',
  ],
  [
    /\b(token|credential|delegation)s?\b[^.]*expired|expired[^.]*\b(token|credential|delegation)s?\b/,
    'token_expired',
  ],
  [/missing[^.]*\bbearer\b|no bearer token|authorization header required/, 'no_token'],
  [/invalid_token/, 'invalid_token'],
  [/\b(token|aud)\b[^.]*audience|audience[^.]*\btoken\b|invalid_audience/, 'audience_mismatch'],
]

const MAX_READ = 4_096

/**
 * `undefined` for a text that is about something else.
 *
 * @param isRefusal - Whether it is known already that access was refused, by a status or a code.
 */
export function denialIn(given: string, isRefusal: boolean): DenialText | undefined {
  const text = given.slice(0, MAX_READ)
  const lower = text.toLowerCase()
  const code = (isRefusal ? CODES : NAMED_CODES).find(([pattern]) => pattern.test(lower))?.[1]
  if (code === undefined) return undefined
  if (code !== 'insufficient_scope') return { code, scopes: [], granted: [], tool: undefined }
  return {
    code,
    scopes: namesAfter(text, /(?:requires?|required|needs)(?: scopes?)?:? ([^.]{1,200})/i),
    granted: namesAfter(text, /(?:token has|granted)[:\s]{1,3}([^.]{1,200})/i),
    tool: /\btool ['"]?([\w.-]{1,64})['"]?,? (?:requires|needs|cannot)/i.exec(text)?.[1],
  }
}

function namesAfter(text: string, pattern: RegExp): readonly string[] {
  return permissionNames((pattern.exec(text)?.[1] ?? '').split(/[\s,;]+/))
}
