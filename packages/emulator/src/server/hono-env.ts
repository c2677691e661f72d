import type { JWTPayload } from 'jose'

export interface HonoEnv {
  Bindings: {
    /** What the socket knows and a Request does not. */
    remoteAddress?: string
    /** Resets the connection instead of sending the answer. */
    dropResponse(): void
  }
  Variables: {
    /** Claims of the session that a guarded route was opened with. */
    session: JWTPayload
  }
}
