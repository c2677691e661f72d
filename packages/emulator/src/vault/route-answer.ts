import type { Context } from 'hono'
import type { HonoEnv } from '../server/hono-env.ts'
import type { VaultCaller } from './vault-guard.ts'
import type { VaultRoute } from './vault-route.ts'

/** What the emulator answers in place of a developer's API that gave no answer. */
export type OwnRouteErrorCode = 'handler_failed' | 'bad_gateway'

/** The response of a route that a developer added. */
export async function routeAnswer(
  c: Context<HonoEnv>,
  route: VaultRoute,
  caller: VaultCaller,
): Promise<Response> {
  try {
    const { raw: request } = c.req
    const params = c.req.param()
    const value = await route.handle({ request, params, query: c.req.query(), ...caller })
    if (value instanceof Response) return value
    return value === undefined ? c.body(null, 204) : Response.json(value)
  } catch (error) {
    return handlerFailed(c, error)
  }
}

/**
 * A handler's error goes to the developer, as a warning of the process. The response says nothing of it,
 * because a model may read the response.
 */
export function handlerFailed(c: Context<HonoEnv>, error: unknown): Response {
  const reason = error instanceof Error ? (error.stack ?? error.message) : 'It threw no Error.'
  warn(`A handler of the emulator's vault failed. ${reason}`)
  const error_description = 'The handler of this operation failed.'
  const code: OwnRouteErrorCode = 'handler_failed'
  return c.json({ error: code, error_description }, 500)
}

/** Some runtimes have no process, or one that gives no warnings. */
function warn(text: string): void {
  const host: { emitWarning?: (text: string, type: string) => void } = Object(globalThis.process)
  if (host.emitWarning) host.emitWarning(text, 'AuthSecEmulator')
  else console.warn(`AuthSecEmulator: ${text}`)
}
