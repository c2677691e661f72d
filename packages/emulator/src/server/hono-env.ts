import type { JWTPayload } from 'jose'
import type { RequestFacts } from './request-facts.ts'

export interface HonoEnv {
  Bindings: {
    /** The caller's address, which a Request does not contain. */
    remoteAddress?: string
    /** Makes the transport reset the connection instead of sending the response. */
    dropResponse(): void
    /** Whether a poll gets a token for an approval that is used up already. */
    reuseApproval: boolean
    /** What the log of requests tells about this one. */
    facts: RequestFacts
  }
  Variables: {
    /** The claims of the session with which a guarded route was called. */
    session: JWTPayload
    /** Whether the response is JSON whose type has no charset (contract 0.1). */
    hasBareType: boolean
  }
}
