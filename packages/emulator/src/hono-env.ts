/** What the socket knows and a Request does not. */
export interface HonoEnv {
  Bindings: { remoteAddress?: string }
}
