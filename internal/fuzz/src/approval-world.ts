import type { AuthSecClient, FetchLike } from '@authsec/core'
import { createEmulator, type EmulatorHandler } from '@authsec/emulator'
import { createFakeClock, type FakeClock, settle } from '@authsec-internal/test-kit'
import { type FuzzClient, fuzzClient } from './fuzz-client.ts'

type Mutation = (body: Record<string, unknown>, status: number) => Response | undefined

/** Answers that are as good as the server's own. */
export const harmless: Readonly<Record<string, Mutation>> = {
  same: (body, status) => Response.json(body, { status }),
  more: (body, status) => Response.json({ ...body, extra: [1, { a: null }] }, { status }),
  headers: (body, status) => Response.json(body, { status, headers: { 'retry-after': '2, 2' } }),
}

/** Answers that are no approval, whatever the approver decided. */
export const harmful: Readonly<Record<string, Mutation>> = {
  unauthorized: (body) => Response.json(body, { status: 401 }),
  accepted: (body) => Response.json(body, { status: 202 }),
  serverError: (body) => Response.json(body, { status: 500 }),
  redirect: (body) =>
    Response.json(body, { status: 302, headers: { location: 'https://evil.test/' } }),
  withError: (body, status) => Response.json({ ...body, error: 'access_denied' }, { status }),
  unsigned: (body, status) => Response.json({ ...body, access_token: unsigned(body) }, { status }),
  word: (_body, status) => Response.json({ access_token: 'yes' }, { status }),
  number: (_body, status) => Response.json({ access_token: 1 }, { status }),
  list: (body, status) => Response.json([body], { status }),
  page: (body, status) =>
    new Response(`<html>${JSON.stringify(body)}</html>`, {
      status,
      headers: { 'content-type': 'text/html' },
    }),
  cut: (body, status) =>
    new Response(JSON.stringify(body).slice(0, -2), {
      status,
      headers: { 'content-type': 'application/json' },
    }),
  empty: (_body, status) => new Response(status === 204 ? null : '', { status }),
  // No answer at all: the approval may have been used up.
  dropped: () => undefined,
}

/** How the answers of one call are changed. */
interface Changes {
  readonly start: string
  /** Names of mutations, one for each poll. */
  readonly polls: string[]
  readonly interval: unknown
  readonly expires: unknown
}

/** An AuthSec server that answers wrongly, with a client of it, on a clock that stands still. */
export interface ApprovalWorld extends FuzzClient {
  readonly emulator: EmulatorHandler
  readonly clock: FakeClock
  readonly client: AuthSecClient
  /** Paths that were called at the protected API. */
  readonly executed: string[]
  /** Sets what happens to the answers of the next call. */
  begin(changes: Changes): void
  /** Whether the answer that carried an approval arrived as good as it was sent. */
  isGenuine(): boolean
  /** Waits until the server has answered: it signs in another thread, for which no time may pass. */
  answered(): Promise<void>
}

export function createApprovalWorld(): ApprovalWorld {
  const clock = createFakeClock()
  // The test kit would keep every emulator, for its watch over leaks.
  const emulator = createEmulator({ clock, ttlSeconds: 86_000, rateLimit: false })
  const baseUrl = 'https://emulator.test'
  const executed: string[] = []
  let changes: Changes | undefined
  let isGenuine = false
  let inFlight = 0

  const answer: FetchLike = async (url, init) => {
    const { pathname } = new URL(url)
    if (pathname.startsWith('/secure-vault/')) executed.push(pathname)
    const response = await emulator.fetch(new Request(url, init))
    if (!changes || !/ciba\/(token|initiate)/.test(pathname)) return response
    const body = JSON.parse(await response.text()) as Record<string, unknown>
    const name = pathname.endsWith('/token') ? (changes.polls.shift() ?? 'same') : changes.start
    if ('auth_req_id' in body) {
      Object.assign(body, { interval: changes.interval, expires_in: changes.expires })
    }
    if ('access_token' in body) isGenuine = Object.hasOwn(harmless, name)
    const changed = (harmless[name] ?? harmful[name])?.(body, response.status)
    if (!changed) throw new TypeError('fetch failed')
    return changed
  }

  const made = fuzzClient({
    baseUrl,
    clientId: emulator.clientId,
    resources: [{ name: 'vault', baseUrl: `${baseUrl}/secure-vault/` }],
    fetch: async (url, init) => {
      inFlight += 1
      return answer(url, init).finally(() => {
        inFlight -= 1
      })
    },
    clock,
  })

  return {
    ...made,
    emulator,
    clock,
    executed,
    begin(next) {
      executed.length = 0
      isGenuine = false
      changes = next
    },
    isGenuine: () => isGenuine,
    async answered() {
      do await settle()
      while (inFlight > 0)
    },
  }
}

function unsigned({ access_token: token }: Record<string, unknown>): string {
  const [, payload = ''] = String(token).split('.')
  return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload || 'e30'}.`
}
