import { parseJwk } from '../keys/key-set.ts'
import { requestUrl, secureUrl, serviceUrl } from '../network/secure-url.ts'
import { isRecord } from '../support/json-values.ts'
import { ConfigError } from './config-error.ts'
import { checkOptions, mustBe, type OptionCheck, type OptionChecks } from './option-checks.ts'
import {
  isArrayOf,
  isNonEmptyString,
  isOneOf,
  optional,
  optionalBoolean,
  optionalClock,
  optionalFunction,
  optionalNumber,
  requiredString,
} from './option-values.ts'
import type { DelegationVerifierOptions, OnlineCheckOptions } from './options.ts'
import { refuseQuotes } from './quotes.ts'

const MAX_KEYS = 32

/** Ten years: more is a mistake in the unit. */
const MAX_LIFETIME_SECONDS = 315_360_000

const isUuidText = requiredString(
  (value) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value.trim()),
  'a UUID',
  'Copy the ID of the tenant from the AuthSec dashboard.',
)

const isUuid: OptionCheck = (value, field) => {
  if (typeof value === 'string') refuseQuotes(value.trim(), field)
  isUuidText(value, field)
}

const isRequestUrl: OptionCheck = (value, field) => void requestUrl(value, field)

const isSecureUrl: OptionCheck = (value, field) => void secureUrl(value, field)

/** What the URL says is checked where it is read. */
const isUrlOrFalse: OptionCheck = (value, field) => {
  if (value === false || typeof value === 'string' || value instanceof URL) return
  throw mustBe(field, 'a URL or false', value)
}

const isPublicKey: OptionCheck = (value, field) => {
  const what = 'a public RS256 key of 2048 to 8192 bits as a JWK'
  const hint = "Copy the key from the tenant's key bundle."
  if (!isRecord(value)) throw mustBe(field, what, value, hint)
  if (!parseJwk(value)) throw mustBe(field, what, value, hint, 'another object')
}

const isSubjectPattern = requiredString(
  (value) => /^spiffe:\/\/[^\s*]+(?:\/(?:\*|[^\s*]*))*$/.test(value),
  'a SPIFFE ID with * for whole path segments',
  'Write a SPIFFE ID such as spiffe://example.org/agents/*.',
)

const isHeaderName = requiredString(
  (value) => /^[\w!#$%&'*+.^`|~-]{1,128}$/.test(value),
  'the name of a header',
  'Write a name such as x-authsec-call-id.',
)

const isAudienceArray = isArrayOf(isNonEmptyString, {
  what: 'a string or an array of strings',
  least: 1,
  hint: 'Set audience to the name that this API has in the aud claim of its tokens.',
})

const isAudience: OptionCheck = (value, field) =>
  typeof value === 'string' ? isNonEmptyString(value, field) : isAudienceArray(value, field)

const ONLINE_CHECK_OPTIONS: OptionChecks<OnlineCheckOptions> = {
  whenUnavailable: isOneOf('reject', 'accept'),
  cacheSeconds: optionalNumber({ least: 10, most: 3_600, unit: 'seconds' }),
}

const VERIFIER_OPTIONS: OptionChecks<DelegationVerifierOptions> = {
  authSecUrl: optional((value) => void serviceUrl(value, 'bundle')),
  jwksUrl: optional(isRequestUrl),
  keys: optional(
    isArrayOf(isPublicKey, { what: `an array of 1 to ${MAX_KEYS} JWKs`, least: 1, most: MAX_KEYS }),
  ),
  tenantId: isUuid,
  audience: isAudience,
  clockToleranceSeconds: optionalNumber({ least: 0, most: 60, unit: 'seconds' }),
  maxTokenLifetimeSeconds: optionalNumber({
    least: 1,
    most: MAX_LIFETIME_SECONDS,
    unit: 'seconds',
  }),
  subjectPattern: optional(isSubjectPattern),
  onlineCheck: optional((value, field) =>
    checkOptions<OnlineCheckOptions>(value, field, ONLINE_CHECK_OPTIONS, `${field}.`),
  ),
  allowMockIssuer: optionalBoolean,
  resourceMetadataUrl: optional(isSecureUrl),
  proxy: optional(isUrlOrFalse),
  fetch: optionalFunction,
  onUnavailable: optionalFunction,
  onDecision: optionalFunction,
  callIdHeader: optional(isHeaderName),
  clock: optionalClock,
}

/** Checks the options of `createDelegationVerifier`. Throws a `ConfigError` for the first problem. */
export function checkVerifierOptions(
  options: unknown,
): asserts options is DelegationVerifierOptions {
  checkOptions<DelegationVerifierOptions>(options, 'the verifier options', VERIFIER_OPTIONS)
  const { authSecUrl, jwksUrl, keys, onlineCheck } = options
  const sources = [authSecUrl, jwksUrl, keys].filter((source) => source !== undefined)
  if (sources.length !== 1) throw wrongSources(sources.length)
  if (onlineCheck !== undefined && authSecUrl === undefined) {
    throw new ConfigError({
      code: 'config_missing',
      message: 'onlineCheck needs authSecUrl, which is missing.',
      hint: 'Set authSecUrl in place of jwksUrl or keys, or remove onlineCheck.',
    })
  }
}

function wrongSources(given: number): ConfigError {
  const count = given === 0 ? 'None' : 'More than one'
  return new ConfigError({
    code: given === 0 ? 'config_missing' : 'config_invalid',
    message: `${count} of authSecUrl, jwksUrl and keys is set.`,
    hint: 'Set exactly one of them. The verifier gets the public keys from it.',
  })
}
