import type { DelegationError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { HttpFailure } from '../http/http-failure.ts'
import type { HttpResponse } from '../http/send-request.ts'
import type { AuthSecServer } from '../limiter/authsec-server.ts'
import type { Turn } from '../limiter/turn.ts'
import { TurnRefused } from '../limiter/turn-refused.ts'
import { isWebPage, WEB_PAGE_HINT } from '../support/error-body.ts'
import { bodyText, parseObject } from '../support/json-object.ts'
import { createClientIdRedactor } from '../support/redact-client-id.ts'
import {
  delegationError,
  factsOf,
  failureError,
  refusedError,
  responseError,
  webPageMessage,
  wrongTenant,
} from './delegation-errors.ts'
import {
  type Claims,
  type DelegationToken,
  decodeClaims,
  IssuedToken,
  MAX_TOKEN_LENGTH,
} from './delegation-token.ts'
import { tenantMismatch } from './tenant.ts'
import type { TokenConfig } from './token-config.ts'
import { timesOf } from './token-times.ts'

/** The token, and the server's time, with which the engine corrects a wrong local clock. */
export interface DelegationAnswer {
  token: DelegationToken
  /** The server's clock when it sent the token, in milliseconds since 1970; `undefined` when it is not known. */
  serverTime: number | undefined
  /** For an answer that another process got: how long ago, in milliseconds. */
  ageMs?: number | undefined
}

export interface DelegationApi {
  /** Pulls the stored delegation token (contract 1). Throws `DelegationError`. */
  getDelegation(options: PullOptions): Promise<DelegationAnswer>
  /** How long a request that nobody waits for would wait for its turn, in milliseconds. */
  expectedMs(): number
}

interface PullOptions {
  turn: Turn
  /** From the turn to the last byte. */
  timeoutMs: number
  /** Told what somebody should look at. */
  emit: Emit
  /** Has the last word when the turn has come: what it throws is thrown, and AuthSec is not asked. */
  atTurn?: (() => Promise<void>) | undefined
}

/** The token, and as much again for its permissions, which the answer repeats, and the rest. */
export const MAX_ANSWER_BYTES = 2 * MAX_TOKEN_LENGTH

const LOOK_AGAIN_MS = 60_000

/** The token endpoint (contract 1). Only the `*-api.ts` modules know paths, field names and statuses of AuthSec. */
export function createDelegationApi(config: TokenConfig, server: AuthSecServer): DelegationApi {
  return new DelegationEndpoint(config, server)
}

class DelegationEndpoint implements DelegationApi {
  readonly #config: TokenConfig
  readonly #server: AuthSecServer

  constructor(config: TokenConfig, server: AuthSecServer) {
    this.#config = config
    this.#server = server
  }

  expectedMs(): number {
    return this.#server.expectedMs()
  }

  async getDelegation({ turn, timeoutMs, emit, atTurn }: PullOptions): Promise<DelegationAnswer> {
    const config = this.#config
    const { signal } = turn
    const bounds = { timeoutMs, maxBytes: MAX_ANSWER_BYTES, signal, keepAlive: false }
    const request = { method: 'GET', ...delegationRequest(config), ...bounds }
    const response = await this.#server
      .send(request, turn, { isRepeated: true, emit, atTurn })
      .catch((error: unknown) => {
        if (error instanceof TurnRefused) throw refusedError(error, lookAgainAt(config))
        throw error instanceof HttpFailure ? failureError(error) : error
      })
    if (response.status !== 200) throw responseError(response, config.clock.now())
    return readAnswer(response, config, emit)
  }
}

/** Another process may have a shared token within a minute. At random, so that not all look at the store together. */
function lookAgainAt({ clock, tokenKeys }: TokenConfig): Date | undefined {
  if (!tokenKeys) return undefined
  return new Date(clock.now() + LOOK_AGAIN_MS * (1 - Math.random() / 2))
}

/** URLs are recorded by proxies, access logs and tracing (`url.full`), and the client ID is a secret. */
function delegationRequest({ authSecUrl, clientId, clientIdIn, apiToken }: TokenConfig): {
  url: URL
  headers: Record<string, string>
} {
  const url = new URL('uflow/sdk/delegation-token', authSecUrl)
  const headers: Record<string, string> = { accept: 'application/json' }
  if (clientIdIn === 'header') headers['x-client-id'] = clientId
  else url.searchParams.set('client_id', clientId)
  if (apiToken) headers['authorization'] = `Bearer ${apiToken}`
  return { url, headers }
}

/** Checks each field that a wrong or hostile answer could abuse; unknown fields are ignored. */
export function readAnswer(
  response: HttpResponse,
  config: TokenConfig,
  emit: Emit,
): DelegationAnswer {
  const body = parseObject(bodyText(response.body))
  if (!body) throw unusable('no JSON object', response)
  const given = body['token']
  if (typeof given === 'string' && given.length > MAX_TOKEN_LENGTH) {
    throw tooLong(response)
  }
  const claims = decodeClaims(given)
  if (!claims) throw unusable('no well-formed RS256 token', response)
  for (const id of [body['client_id'], claims['client_id']]) {
    if (id !== undefined && String(id).toLowerCase() !== config.clientId)
      throw delegationError('wrong_client', factsOf(response))
  }
  const mismatch = tenantMismatch(config.tenantId, [body, claims])
  if (mismatch) throw wrongTenant(mismatch, response)
  const subject = typeof claims['sub'] === 'string' ? claims['sub'] : ''
  const times = timesOf({
    claims,
    stated: body['expires_at'],
    headers: response.headers,
    now: config.clock.now(),
    maxTokenLifetimeSeconds: config.maxTokenLifetimeSeconds,
  })
  if (typeof times === 'string') throw unusable(times, response)
  const { serverTime, expiresAt, issuedAt } = times
  const token = new IssuedToken(String(given), {
    expiresAt,
    issuedAt,
    subject,
    redactedSubject: createClientIdRedactor(config.clientId)(subject),
    permissions: readPermissions(body['permissions'], claims['permissions'], emit),
    audience: stringList(claims['aud']) ?? stringList(body['audience']) ?? [],
    tenantId: firstString(body, claims),
  })
  return { token, serverTime }
}

/** The permissions that both the signed claim and the answer grant: neither may add to the other. */
function readPermissions(stated: unknown, claimed: unknown, emit: Emit): readonly string[] {
  const fromBody = stringList(stated)
  const fromClaim = stringList(claimed)
  if (!fromBody || !fromClaim) return fromClaim ?? fromBody ?? []
  const ofBody = new Set(fromBody)
  const both = fromClaim.filter((permission) => ofBody.has(permission))
  if (both.length !== fromBody.length || both.length !== fromClaim.length) {
    emit({
      type: 'warning',
      code: 'permissions_differ',
      message: 'Token and server state different permissions; only those in both are used.',
    })
  }
  return both
}

/** Renamed on newer servers (contract 7.1). */
function firstString(body: Claims, claims: Claims): string | undefined {
  const names = ['tenant_id', 'workspace_id']
  const values = [body, claims].flatMap((record) => names.map((name) => record[name]))
  return values.find((value) => typeof value === 'string')
}

function stringList(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined
}

function tooLong(response: HttpResponse): DelegationError {
  return delegationError('invalid_response', {
    ...factsOf(response),
    message: `AuthSec answered with a token of more than ${MAX_TOKEN_LENGTH} characters, the most that a client takes.`,
    hint: 'Ask the AuthSec administrator to delegate fewer permissions to this agent.',
    retryable: false,
  })
}

function unusable(what: string, response: HttpResponse): DelegationError {
  if (isWebPage(response)) {
    const message = webPageMessage(response.status)
    const facts = factsOf(response)
    return delegationError('invalid_response', { ...facts, message, hint: WEB_PAGE_HINT })
  }
  return delegationError('invalid_response', {
    ...factsOf(response),
    message: `AuthSec answered with ${what}.`,
  })
}
