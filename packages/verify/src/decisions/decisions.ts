import { VerificationError } from '../errors.ts'
import type { Clock } from '../support/clock.ts'
import { fingerprint } from '../support/fingerprint.ts'
import type { DelegationClaims } from '../token/claims.ts'
import type { PermissionRequirement } from '../token/permissions.ts'
import type { VerificationContext } from './context.ts'
import type { VerificationDecision } from './decision.ts'
import { claimedId, clientFingerprint, createRedaction, redactSubject } from './redaction.ts'
import { requestFacts } from './request-facts.ts'

/** What is found out about a token while it is verified. */
export interface Findings {
  requirement?: PermissionRequirement
  /** The token has the form of one. */
  isToken?: boolean
  /** Unverified: only to keep it out of the decision. */
  claimedClientId?: unknown
  /** Set once the signature is verified. */
  claims?: DelegationClaims
  cached?: boolean
  /** Why there was no online check, where that does not reject. */
  unchecked?: VerificationError
}

/** What a decision is about. */
interface Inquiry {
  readonly token: string | undefined
  readonly context: VerificationContext | undefined
}

/** A request that is rejected before there is a token to verify. */
interface UnreadableRequest {
  readonly requirement: PermissionRequirement
  readonly context: VerificationContext | undefined
  /** What stood in its `Authorization` headers, which no decision may repeat. */
  readonly secrets: readonly string[]
}

/** Tells each decision to the function of the API, which cannot change or delay it. */
export interface Decisions {
  /** Decides, and tells the decision. A mistake in the program is none. */
  observe(
    inquiry: Inquiry,
    decide: (found: Findings) => Promise<DelegationClaims>,
  ): Promise<DelegationClaims>
  /** Tells a rejection for which nothing had to be found out. */
  readonly reject: (request: UnreadableRequest, error: VerificationError) => void
}

interface Outcome {
  readonly inquiry: Inquiry & Partial<Pick<UnreadableRequest, 'secrets'>>
  readonly found: Findings
  readonly error?: VerificationError
  readonly durationMs: number
}

export function createDecisions(
  onDecision: (decision: VerificationDecision) => void,
  { clock, tenantId }: { readonly clock: Clock; readonly tenantId: string },
): Decisions {
  function tell(outcome: Outcome): void {
    try {
      const decision = { time: new Date(clock.now()), ...decisionOf(outcome, tenantId) }
      const result: unknown = onDecision(Object.freeze(decision))
      // An async function: nobody waits for it, and its failure has no other place to go.
      if (result !== undefined) Promise.resolve(result).catch(() => undefined)
    } catch {
      // A mistake in a log function must not decide about a request.
    }
  }

  return {
    async observe(inquiry, decide) {
      const found: Findings = {}
      const start = clock.monotonic()
      const durationMs = (): number => clock.monotonic() - start
      const claims = await decide(found).catch((error: unknown) => {
        if (VerificationError.isInstance(error)) {
          tell({ inquiry, found, error, durationMs: durationMs() })
        }
        throw error
      })
      tell({ inquiry, found, durationMs: durationMs() })
      return claims
    },
    reject({ requirement, context, secrets }, error) {
      const inquiry = { token: undefined, context, secrets }
      tell({ inquiry, found: { requirement }, error, durationMs: 0 })
    },
  }
}

function decisionOf(
  { inquiry, found, error, durationMs }: Outcome,
  tenantId: string,
): Omit<VerificationDecision, 'time'> {
  const { token, context = {}, secrets = [] } = inquiry
  // A program without types can pass anything, and it is rejected as no token.
  const tokens = typeof token === 'string' ? [token, ...secrets] : secrets
  const {
    requirement = {},
    isToken = false,
    claims,
    claimedClientId,
    unchecked,
    cached = false,
  } = found
  const { code, message: reason, systemCode: cause } = error ?? unchecked ?? {}
  const clientId = claims ? claims.client_id : claimedId(claimedClientId)
  const redact = createRedaction({ tokens, clientId })
  return {
    decision: error ? 'rejected' : 'accepted',
    ...{ code, reason, status: error?.status, cause },
    token: isToken && token !== undefined ? fingerprint('tok', token) : undefined,
    subject: claims && redactSubject(claims.sub, redact, claims.client_id, tenantId),
    client: claims?.client_id === undefined ? undefined : clientFingerprint(claims.client_id),
    permission: requirement.permissions ?? NONE,
    anyPermission: requirement.anyPermission ?? NONE,
    held: claims && Object.freeze(claims.permissions.map(redact)),
    ...{ cached, durationMs },
    ...requestFacts(context, redact, createRedaction({ tokens: [], clientId })),
  }
}

const NONE: readonly string[] = Object.freeze([])
