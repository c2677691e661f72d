import type { Context } from 'hono'
import type { EmulatorSettings } from '../options.ts'
import type { JsonFields } from '../server/json-fields.ts'

/**
 * The notification token of a client, with which the emulator authenticates its pings (CIBA Core 7.1). No
 * public server reads the field (contract 3.10), so the emulator does only with a notification endpoint.
 */

const FIELD = 'client_notification_token'
/** The syntax of RFC 6750, section 2.1. Fewer characters cannot hold the required 128 bits. */
const BEARER = /^(?=.{22,1024}$)[A-Za-z0-9._~+/-]+=*$/

export function notificationFields({ notificationUrl }: EmulatorSettings): readonly string[] {
  return notificationUrl === undefined ? [] : [FIELD]
}

/** An empty text when the client wants no ping. */
export function notificationTokenOf(
  fields: JsonFields,
  { notificationUrl }: EmulatorSettings,
): string {
  return notificationUrl === undefined ? '' : fields.text(FIELD)
}

/** The response that rejects a token with which no request can be authenticated (CIBA Core 13). */
export function rejectNotificationToken(
  c: Context,
  fields: JsonFields,
  settings: EmulatorSettings,
): Response | undefined {
  const token = notificationTokenOf(fields, settings)
  if (token === '' || BEARER.test(token)) return undefined
  const error_description = `${FIELD} must be a bearer credential of 22 to 1024 characters`
  return c.json({ error: 'invalid_request', error_description }, 400)
}
