import { Buffer, isUtf8 } from '#runtime/platform/bytes'
import { grantedBy, sharedList } from '../identity/shared-lists.ts'
import { invalidOption } from '../options/option-checks.ts'
import { fingerprint } from '../support/fingerprint.ts'
import { hideGetters } from '../support/hide-getters.ts'
import { parseObject } from '../support/json-object.ts'

/**
 * A delegation token: the JWT in `value`, and its claims. Printing, serialising or interpolating it
 * shows the fingerprint; only reading `value` or `subject` reveals a secret. The claims are decoded, not
 * verified: the API that receives the token verifies it.
 */
export interface DelegationToken {
  /** `tok_` and 8 hex digits of the token's SHA-256: identifies the token in logs. */
  readonly fingerprint: string
  /** The earlier of the JWT's `exp` and the server's `expires_at` (contract 1.2). */
  readonly expiresAt: Date
  readonly issuedAt: Date | undefined
  /** The subject with the client ID in it replaced by its fingerprint: for logs and metadata. */
  readonly redactedSubject: string
  readonly permissions: readonly string[]
  readonly audience: readonly string[]
  readonly tenantId: string | undefined
  /** The JWT itself, for an `Authorization: Bearer` header and nothing else. */
  readonly value: string
  /** The agent's SPIFFE ID; opaque. On today's servers it ends in the client ID, so it is hidden like the token. */
  readonly subject: string
  /** Whether the delegation includes this permission, written exactly so. Advisory: the API decides. */
  hasPermission(permission: string): boolean
  /** Whether it includes at least one of them; false for an empty list. Throws `ConfigError` for anything but a list. */
  hasAnyPermission(permissions: readonly string[]): boolean
  /** Whether it includes all of them; true for an empty list. Throws `ConfigError` for anything but a list. */
  hasAllPermissions(permissions: readonly string[]): boolean
  toString(): string
  toJSON(): Record<string, unknown>
}

/** Keeps the secrets in private fields, which nothing can list or copy. */
export class IssuedToken implements DelegationToken {
  readonly #value: string
  readonly #subject: string
  readonly #expiresAt: number
  readonly #issuedAt: number | undefined
  readonly fingerprint: string
  readonly redactedSubject: string
  readonly permissions: readonly string[]
  readonly audience: readonly string[]
  readonly tenantId: string | undefined

  constructor(value: string, facts: DelegationFacts) {
    this.#value = value
    this.fingerprint = fingerprint('tok', value)
    this.#expiresAt = facts.expiresAt.getTime()
    this.#issuedAt = facts.issuedAt?.getTime()
    this.#subject = facts.subject
    this.redactedSubject = facts.redactedSubject
    this.permissions = sharedList(facts.permissions)
    this.audience = sharedList(facts.audience)
    this.tenantId = facts.tenantId === undefined ? undefined : sharedList([facts.tenantId])[0]
    Object.freeze(this)
  }

  get value(): string {
    return this.#value
  }

  get subject(): string {
    return this.#subject
  }

  /** A new one each time: a Date can be changed by whoever has it. */
  get expiresAt(): Date {
    return new Date(this.#expiresAt)
  }

  get issuedAt(): Date | undefined {
    return this.#issuedAt === undefined ? undefined : new Date(this.#issuedAt)
  }

  static {
    hideGetters(IssuedToken.prototype)
  }

  hasPermission(permission: string): boolean {
    return grantedBy(this.permissions, permission)
  }

  hasAnyPermission(permissions: readonly string[]): boolean {
    return listOf(permissions).some((name) => this.hasPermission(name))
  }

  hasAllPermissions(permissions: readonly string[]): boolean {
    return listOf(permissions).every((name) => this.hasPermission(name))
  }

  toString(): string {
    return this.fingerprint
  }

  toJSON(): Record<string, unknown> {
    const { fingerprint, redactedSubject, permissions, audience, tenantId } = this
    return {
      fingerprint,
      subject: redactedSubject,
      permissions,
      audience,
      tenantId,
      expiresAt: this.expiresAt.toISOString(),
    }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    if (!(#value in this)) return 'DelegationToken'
    return `DelegationToken(${this.fingerprint}, expires ${this.expiresAt.toISOString()})`
  }
}

/** A text is no list of its letters, and a missing list is no empty one. */
function listOf(permissions: readonly string[]): readonly string[] {
  if (Array.isArray(permissions)) return permissions
  throw invalidOption('The permissions', 'must be a list', "Write ['records:read'].")
}

export interface DelegationFacts {
  expiresAt: Date
  issuedAt: Date | undefined
  subject: string
  redactedSubject: string
  permissions: readonly string[]
  audience: readonly string[]
  tenantId: string | undefined
}

export type Claims = Readonly<Record<string, unknown>>

/** In characters. A token is sent in a header, and no server takes longer ones. */
export const MAX_TOKEN_LENGTH = 65_536

/**
 * The claims of a compact RS256 JWS, unverified; `undefined` for anything else (RFC 7515 section 3.1).
 * The shape check also excludes line breaks and everything else that would break a header.
 */
export function decodeClaims(token: unknown): Claims | undefined {
  if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH) return undefined
  const parts = /^([\w-]+)\.([\w-]+)\.[\w-]+$/.exec(token)
  const header = decodePart(parts?.[1])
  if (header?.['alg'] !== 'RS256') return undefined
  return decodePart(parts?.[2])
}

function decodePart(part: string | undefined): Claims | undefined {
  const bytes = Buffer.from(part ?? '', 'base64url')
  return isUtf8(bytes) ? parseObject(bytes.toString('utf8')) : undefined
}
