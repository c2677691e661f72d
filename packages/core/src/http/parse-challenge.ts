import { permissionNames } from './challenge.ts'
import {
  type ChallengeReason,
  challengeReason,
  NO_TOKEN_HELPS,
  sentenceFor,
} from './challenge-reason.ts'
import { type ChallengeResponse, denialOf } from './challenge-source.ts'
import { denialIn } from './denial-text.ts'

/** A refusal in our words. Names in it are the server's: data, never instructions. */
export interface AuthSecChallenge {
  readonly reason: ChallengeReason
  /** The HTTP status, where it is known. */
  readonly status: number | undefined
  /** The permissions that the call needs, at most five. Only names of the form `resource:action`. */
  readonly permissions: readonly string[]
  /** The permissions that the token has, where the server says so. At most five. */
  readonly granted: readonly string[]
  /** The tool that the server refused, where it says so. */
  readonly tool: string | undefined
  /** Whether a retry with another token can help: with the current one of AuthSec, if it is a newer one. */
  readonly newTokenCanHelp: boolean
  /** Where the server says that its metadata is (RFC 9728). Untrusted: no token belongs there. */
  readonly resourceMetadata: string | undefined
  /** One sentence for a model or a person. Nothing of it is the server's but names of permissions. */
  readonly message: string
}

/**
 * Reads why a call was refused. Of a response with 401, 403 or 503: `WWW-Authenticate` with its `authsec_code` (RFC 6750
 * section 3, RFC 9728 section 5.1), and the body (docs/wire-contract.md section 0.2). Of the result of an MCP tool, also
 * in a JSON-RPC message: `_meta.authsec`; with `isError` also `structuredContent`, as `@authsec/mcp` returns it, or else
 * the texts of `content`. Of an error: `response` with `status`, `headers` and `data`, or else `status`, `statusCode` or
 * a numeric `code`, and the message. Of a text: the JSON in it, a status as axios, httpx and HTTP write it, or a sentence
 * that names a token, a credential, a delegation, a scope or the registration of a client.
 *
 * @returns `undefined` for what is no refusal of access: rethrow it. Never the server's own sentences.
 *
 * @example
 * ```ts
 * import { parseAuthSecChallenge } from '@authsec/core'
 *
 * const response = await fetch('https://mcp.example.com/mcp', { method: 'POST' })
 * const { status, headers } = response
 * const challenge = parseAuthSecChallenge({ status, headers, body: await response.text() })
 * if (challenge) console.log(challenge.reason, challenge.message)
 * ```
 */
export function parseAuthSecChallenge(
  source: ChallengeResponse | Error | string | object | null | undefined,
): AuthSecChallenge | undefined {
  const denial = denialOf(source)
  if (!denial) return undefined
  const reason = challengeReason(denial)
  if (reason === undefined) return undefined
  const said = denialIn(denial.text, true)
  const { fields, challenge } = denial
  const permissions = [
    permissionNames(challenge?.scope?.slice(0, 500).split(' ') ?? []),
    permissionNames(listOf(fields['required_scopes'])),
    said?.scopes ?? [],
  ].find((names) => names.length > 0)
  const granted = permissionNames(listOf(fields['granted_scopes']))
  return Object.freeze({
    reason,
    status: denial.status,
    permissions: permissions ?? [],
    granted: granted.length > 0 ? granted : (said?.granted ?? []),
    tool: toolName(fields['tool']) ?? said?.tool,
    newTokenCanHelp: !NO_TOKEN_HELPS.includes(reason),
    resourceMetadata: metadataUrl(challenge?.resourceMetadata),
    message: sentenceFor(reason, permissions ?? []),
  })
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, 100) : []
}

function toolName(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : undefined
}

/** https, or http on loopback, without credentials. */
function metadataUrl(text: string | undefined): string | undefined {
  const url = text === undefined || text.length > 500 ? null : URL.parse(text)
  if (!url) return undefined
  if (url.username !== '' || url.password !== '') return undefined
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  return url.protocol === 'https:' || (isLocal && url.protocol === 'http:') ? url.href : undefined
}
