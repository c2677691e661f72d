import { type Context, Hono } from 'hono'
import type { HonoEnv } from '../server/hono-env.ts'
import { type JsonFields, jsonFields } from '../server/json-fields.ts'
import { parseUuid } from '../support/uuid.ts'
import type { CibaParts } from './ciba-parts.ts'
import type { Device, Flow } from './devices.ts'

/** The devices of the session's user: register, list and remove (contract 3.8). */
export function deviceRoutes(root: string, flow: Flow, parts: CibaParts): Hono<HonoEnv> {
  const { guard } = parts.sessions
  const app = new Hono<HonoEnv>()
  app.post(`${root}/register-device`, guard, (c) => register(c, flow, parts))
  app.get(`${root}/devices`, guard, (c) => {
    const devices = parts.devices[flow].of(userOf(c)).map(deviceRow)
    return c.json({ success: true, devices, message: 'Devices retrieved successfully' })
  })
  app.delete(`${root}/devices/:id`, guard, (c) => remove(c, flow, parts))
  return app
}

function userOf(c: Context<HonoEnv>): string {
  return String(c.get('session').sub)
}

async function register(c: Context<HonoEnv>, flow: Flow, parts: CibaParts): Promise<Response> {
  const fields = await jsonFields(c, {
    required: ['device_token', 'platform'],
    optional: ['device_name', 'device_model', 'app_version', 'os_version'],
  })
  if ('problem' in fields) return c.json(bodyError(flow, fields.problem), 400)
  if (flow === 'tenant' && !['ios', 'android'].includes(fields.text('platform'))) {
    return c.json({ error: "platform must be 'ios' or 'android'" }, 400)
  }
  const device = deviceOf(fields, userOf(c), parts.settings.clock.now())
  const device_id = parts.devices[flow].register(device)
  return c.json({ success: true, device_id, message: 'Device registered successfully' })
}

function deviceOf(fields: JsonFields, userId: string, createdAt: number): Omit<Device, 'id'> {
  return {
    ...{ userId, createdAt },
    deviceToken: fields.text('device_token'),
    platform: fields.text('platform'),
    deviceName: fields.text('device_name'),
    deviceModel: fields.text('device_model'),
    appVersion: fields.text('app_version'),
    osVersion: fields.text('os_version'),
  }
}

/** The tenant flow reports success for a device that the user does not have. */
function remove(c: Context<HonoEnv>, flow: Flow, { devices }: CibaParts): Response {
  const id = parseUuid(c.req.param('id') ?? '')
  if (!id) return c.json({ error: 'Invalid device ID format' }, 400)
  const isRemoved = devices[flow].remove(userOf(c), id.uuid)
  if (!isRemoved && flow === 'admin') {
    return c.json({ error: 'Failed to delete device', details: 'device not found' }, 400)
  }
  return c.json({ success: true, message: 'Device deactivated successfully' })
}

function bodyError(flow: Flow, details: string): object {
  return flow === 'admin' ? { error: 'Invalid request body', details } : { error: details }
}

/** A device in a list: without its device token and without absent fields. */
function deviceRow(device: Device): object {
  return {
    id: device.id,
    device_name: device.deviceName || undefined,
    platform: device.platform,
    device_model: device.deviceModel || undefined,
    app_version: device.appVersion || undefined,
    os_version: device.osVersion || undefined,
    is_active: true,
    created_at: Math.floor(device.createdAt / 1000),
  }
}
