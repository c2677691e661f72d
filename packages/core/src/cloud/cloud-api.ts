import type { ClientConfig } from '../config/config.ts'
import type { CloudExchangeError, CloudExchangeErrorCode } from '../errors.ts'
import type { Emit } from '../events.ts'
import { HttpFailure } from '../http/http-failure.ts'
import type { HttpResponse } from '../http/send-request.ts'
import type { AuthSecServer } from '../limiter/authsec-server.ts'
import { TurnRefused } from '../limiter/turn-refused.ts'
import { checkOptions, invalidOption, type OptionChecks } from '../options/option-checks.ts'
import { optionalText, uncheckedHere } from '../options/option-values.ts'
import { parseErrorBody } from '../support/error-body.ts'
import { bodyText, parseObject } from '../support/json-object.ts'
import { parseTimestamp } from '../support/server-time.ts'
import { cloudError, exchangeFailure, exchangeRefused } from './cloud-errors.ts'

export type CloudProvider = 'aws' | 'azure' | 'gcp'

/** What the exchange of each provider needs; the developer's choice, never a model's. */
export interface CloudExchangeOptions {
  aws: {
    roleArn: string
    /** Default: sts.amazonaws.com. */
    audience?: string | undefined
  }
  azure: {
    /** The Entra tenant, a UUID. */
    tenantId: string
    /** Default: the server's, https://management.azure.com/. */
    resourceId?: string | undefined
    scope?: string | undefined
  }
  gcp: {
    projectId: string
    serviceEmail: string
    /** Default: the server's, cloud-platform. */
    scope?: string | undefined
  }
}

/** Credentials as the server sent them: secret. */
export type RawCredentials =
  | { kind: 'token'; accessToken: string; expiresAt: Date }
  | {
      kind: 'aws-keys'
      accessKeyId: string
      secretAccessKey: string
      sessionToken: string
      expiresAt: Date
    }

export interface CloudApi {
  /** The fields of a request. Throws `ConfigError` for options that cannot work. */
  plan<Provider extends CloudProvider>(
    provider: Provider,
    options: CloudExchangeOptions[Provider],
  ): ExchangeRequest
  /** Sends it once. Throws `CloudExchangeError` when there is no answer, or the signal's reason. */
  send(
    request: ExchangeRequest,
    bearer: string,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse>
  /** The credentials in an answer. Throws `CloudExchangeError`. */
  read(response: HttpResponse): RawCredentials
}

interface ExchangeRequest {
  readonly provider: CloudProvider
  readonly fields: object
}

const MAX_ANSWER_BYTES = 65_536

/** The wire of the exchange for cloud credentials (contract 4). */
export function createCloudApi(config: ClientConfig, server: AuthSecServer, emit: Emit): CloudApi {
  const { apiToken } = config
  return {
    plan(provider, options) {
      if (!Object.hasOwn(requestFields, provider)) {
        throw invalidOption('The cloud provider', "must be 'aws', 'azure' or 'gcp'")
      }
      const what = `the options of the ${provider} exchange`
      checkOptions<CloudExchangeOptions[typeof provider]>(options, what, optionChecks[provider])
      return { provider, fields: requestFields[provider](options) }
    },
    send({ provider, fields }, bearer, signal) {
      const turn = server.turn({ isUrgent: true, signal, keepAlive: true })
      const request = {
        method: 'POST',
        url: new URL(`spire/oidc/exchange/${provider}`, config.authSecUrl),
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          authorization: `Bearer ${apiToken ?? bearer}`,
        },
        // Newer servers require a session as the caller, and the agent's token in the body.
        body: JSON.stringify({ ...fields, ...(apiToken && { jwt_svid: bearer }) }),
        timeoutMs: config.timeoutMs,
        maxBytes: MAX_ANSWER_BYTES,
        signal,
      }
      return server.send(request, turn, { isRepeated: true, emit }).catch((error: unknown) => {
        if (error instanceof TurnRefused) throw exchangeRefused(error)
        throw error instanceof HttpFailure ? exchangeFailure(error) : error
      })
    },
    read(response) {
      if (response.status !== 200) throw exchangeError(response)
      return readCredentials(response, config.clock.now())
    },
  }
}

const optionChecks: {
  readonly [Provider in CloudProvider]: OptionChecks<CloudExchangeOptions[Provider]>
} = {
  aws: { roleArn: uncheckedHere, audience: optionalText },
  azure: { tenantId: uncheckedHere, resourceId: optionalText, scope: optionalText },
  gcp: { projectId: uncheckedHere, serviceEmail: uncheckedHere, scope: optionalText },
}

const requestFields: {
  readonly [Provider in CloudProvider]: (options: CloudExchangeOptions[Provider]) => object
} = {
  aws: ({ roleArn, audience = 'sts.amazonaws.com' }) => ({
    role_arn: matching('roleArn', roleArn, /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/),
    audience,
  }),
  azure: ({ tenantId, resourceId, scope }) => {
    const id = matching('tenantId', tenantId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
    return { tenant_id: id, azure_tenant_id: id, resource_id: resourceId, scope }
  },
  gcp: ({ projectId, serviceEmail, scope }) => ({
    project_id: matching('projectId', projectId, /^[a-z][a-z0-9:.-]{4,61}[a-z0-9]$/),
    service_email: matching('serviceEmail', serviceEmail, /^[\w.-]+@[\w.-]+$/),
    scope,
  }),
}

function matching(name: string, value: unknown, pattern: RegExp): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  throw invalidOption(`${name} of the cloud exchange`, 'is missing or malformed')
}

/** Reads either of the two documented answers. A credential without an expiry is refused. */
function readCredentials(response: HttpResponse, now: number): RawCredentials {
  const body = parseObject(bodyText(response.body)) ?? {}
  const expiresAt = expiryOf(body, now)
  const keys = {
    accessKeyId: body['access_key_id'],
    secretAccessKey: body['secret_access_key'],
    sessionToken: body['session_token'],
  }
  if (expiresAt && isComplete(keys)) return { kind: 'aws-keys', ...keys, expiresAt }
  const token = { accessToken: body['access_token'] }
  if (expiresAt && isComplete(token)) return { kind: 'token', ...token, expiresAt }
  throw cloudError('invalid_response', response)
}

/** No cloud issues credentials for longer than a day; more is a number in another unit. */
const MAX_LIFETIME_MS = 86_400_000

function expiryOf(body: Readonly<Record<string, unknown>>, now: number): Date | undefined {
  const { expires_in: seconds } = body
  const stated =
    typeof seconds === 'number' && Number.isSafeInteger(seconds) && seconds > 0
      ? new Date(now + seconds * 1000)
      : parseTimestamp(body['expiration'] ?? body['expires_at'])
  const ms = stated ? stated.getTime() - now : 0
  return ms > 0 && ms <= MAX_LIFETIME_MS ? stated : undefined
}

/** All of them printable text that a header can carry. */
function isComplete<T extends Record<string, unknown>>(
  values: T,
): values is T & Record<keyof T, string> {
  return Object.values(values).every(
    (value) => typeof value === 'string' && /^[\x21-\x7e]{1,16384}$/.test(value),
  )
}

/** The error for an answer of the exchange that is not 200 (contract 4). */
function exchangeError(response: HttpResponse): CloudExchangeError {
  const { error } = parseErrorBody(bodyText(response.body))
  return cloudError(codeOf(response.status, error), response)
}

function codeOf(status: number, error: string | undefined): CloudExchangeErrorCode {
  if (status === 401 && error === 'invalid_grant') return 'not_available'
  if (status === 401 || status === 403) return 'authentication_required'
  // Public servers answer 500 or 501 `server_error` to every valid request: it is not built yet.
  if (status === 501 || (status === 500 && error === 'server_error')) return 'not_available'
  if (status === 404 || status === 410) return 'not_available'
  if (status === 429) return 'rate_limited'
  return status >= 500 ? 'server_error' : 'request_rejected'
}
