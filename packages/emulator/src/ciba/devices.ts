import type { User } from '../delegation/users.ts'

/** A device to which the server pushes approval requests (contract 3.8). */
export interface Device {
  readonly id: string
  readonly userId: string
  /** The address for the push service. No response contains it. */
  readonly deviceToken: string
  readonly platform: string
  readonly deviceName: string
  readonly deviceModel: string
  readonly appVersion: string
  readonly osVersion: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

export type Flow = 'admin' | 'tenant'

/** The devices of one flow. The server keeps those of the two flows in different databases. */
export interface Devices {
  /** The devices of a user, the newest first: the one that gets the push messages. */
  of(userId: string): readonly Device[]
  /**
   * Stores a device, and returns the ID for the response. A device that is stored under its device token
   * already keeps its ID and, in the tenant flow, its user. In the admin flow the response then has an ID
   * that no stored device has.
   */
  register(device: Omit<Device, 'id'>): string
  /** Returns whether the user had the device. */
  remove(userId: string, id: string): boolean
}

export function createDevices(flow: Flow, users: readonly User[], now: number): Devices {
  let all = users.filter(({ hasDevice }) => hasDevice).map((user) => firstDevice(user, now))
  return {
    of: (userId) => all.filter((device) => device.userId === userId),
    register(given) {
      const id = crypto.randomUUID()
      const stored = all.find(({ deviceToken }) => deviceToken === given.deviceToken)
      if (!stored) {
        all = [{ ...given, id }, ...all]
        return id
      }
      const kept = { id: stored.id, createdAt: stored.createdAt, platform: stored.platform }
      const userId = flow === 'admin' ? given.userId : stored.userId
      all = all.map((one) => (one === stored ? { ...given, ...kept, userId } : one))
      return flow === 'admin' ? id : stored.id
    },
    remove(userId, id) {
      const found = all.find((device) => device.id === id && device.userId === userId)
      all = all.filter((device) => device !== found)
      return found !== undefined
    },
  }
}

function firstDevice({ id: userId }: User, createdAt: number): Device {
  return {
    ...{ id: crypto.randomUUID(), userId, createdAt },
    deviceToken: `ExponentPushToken[${crypto.randomUUID()}]`,
    platform: 'ios',
    deviceName: 'Demo phone',
    deviceModel: '',
    appVersion: '',
    osVersion: '',
  }
}
