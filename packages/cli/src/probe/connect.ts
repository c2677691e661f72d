import { lookup } from 'node:dns/promises'
import { connect, isIP, type Socket } from 'node:net'
import { networkRules } from '@authsec/core/adapter'
import type { DoctorCode } from '../doctor/codes.ts'
import { Problem, systemCodeOf } from './problem.ts'

/** The host of a URL, without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

export function portOf({ protocol, port }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80))
}

/** A connection to the host of the URL. Throws a `Problem` that tells which step failed. */
export async function connectTo(url: URL, timeoutMs: number): Promise<Socket> {
  const host = hostOf(url)
  if (isIP(host) === 0) await resolveName(host, timeoutMs)
  return openSocket({ host, port: portOf(url) }, timeoutMs)
}

async function resolveName(host: string, timeoutMs: number): Promise<void> {
  const addresses = await within(timeoutMs, lookup(host, { all: true })).catch((error) => {
    if (error instanceof Problem) throw error
    const code = systemCodeOf(error)
    throw new Problem(
      code === 'EAI_AGAIN' ? 'resolver_failed' : 'host_not_found',
      `${host}: ${code}`,
    )
  })
  const blocked = addresses.find(({ address }) => networkRules.isForbiddenAddress(address))
  if (blocked) throw new Problem('address_blocked', `${host} leads to ${blocked.address}.`)
}

async function within<Value>(timeoutMs: number, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Problem('resolver_failed')), timeoutMs)
  })
  return await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

const CODES: Readonly<Record<string, DoctorCode>> = {
  ECONNREFUSED: 'port_closed',
  ETIMEDOUT: 'connect_timeout',
  EHOSTUNREACH: 'network_unreachable',
  ENETUNREACH: 'network_unreachable',
  EADDRNOTAVAIL: 'network_unreachable',
  ENOTFOUND: 'host_not_found',
  EAI_AGAIN: 'resolver_failed',
}

function openSocket(
  target: { readonly host: string; readonly port: number },
  timeoutMs: number,
): Promise<Socket> {
  const where = `${target.host}, port ${target.port}`
  return new Promise((resolve, reject) => {
    const socket = connect(target)
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Problem('connect_timeout', `${where}: no connection in ${timeoutMs / 1000} s.`))
    }, timeoutMs)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.removeAllListeners('error')
      resolve(socket)
    })
    socket.once('error', (error) => {
      clearTimeout(timer)
      const code = systemCodeOf(error)
      reject(new Problem(CODES[code] ?? 'connection_lost', `${where}: ${code}`))
    })
  })
}
