import type { Transport, TransportResponse } from '../../../../packages/core/src/http/transport.ts'
import type { Figures } from '../figures.ts'
import type { Setup } from '../setup.ts'
import type { VirtualTime } from './virtual-time.ts'

const LIMIT = 100
const WINDOW_MS = 60_000
/** Of each way, in milliseconds: the median. One of a hundred takes four times as long. */
const LATENCY_MS = 15

interface World {
  readonly setup: Setup
  readonly time: VirtualTime
  readonly figures: Figures
  readonly random: () => number
}

/**
 * What AuthSec does with requests for tokens (contract 0.1, 1.2, 1.4): 100 requests a minute and address in a sliding
 * window, of which refused ones do not count, and the stored token of each agent. Nothing but an administrator makes
 * a new one.
 */
export class ServerModel {
  readonly #world: World
  /** By address, when the last hundred requests that count arrived. */
  readonly #windows = new Map<number, Float64Array>()
  readonly #counted = new Map<number, number>()
  /** Where in its life the token of each agent is at the start. */
  readonly #phases: Float64Array
  readonly #lastAnswers: Float64Array
  isAway = false

  constructor(world: World, agents: number) {
    this.#world = world
    this.#phases = Float64Array.from({ length: agents }, world.random)
    this.#lastAnswers = new Float64Array(agents).fill(Number.NEGATIVE_INFINITY)
  }

  /** When AuthSec last gave an agent its token. */
  lastAnswer(agent: number): number {
    return this.#lastAnswers[agent] ?? Number.NEGATIVE_INFINITY
  }

  transportFrom(address: number): Transport {
    return async ({ headers }) => {
      const { time, random } = this.#world
      await time.delay(this.#latency())
      const agent = Number.parseInt((headers['x-client-id'] ?? '').slice(-12), 10)
      const answer = this.#answer(address, agent)
      if (answer === 'lost') return random() < 0.3 ? hangs() : refused()
      await time.delay(this.#latency())
      return answer
    }
  }

  #answer(address: number, agent: number): TransportResponse | 'lost' {
    const { time, figures, random } = this.#world
    figures.request(address)
    if (this.isAway) return random() < 0.3 ? response(503, '{"error":"away"}') : 'lost'
    if (!this.#hasRoom(address)) {
      figures.throttled(address)
      return response(429, THROTTLED)
    }
    figures.pull(time.now - this.lastAnswer(agent))
    this.#lastAnswers[agent] = time.now
    return response(200, this.#body(agent), { date: new Date(time.wall).toUTCString() })
  }

  #hasRoom(address: number): boolean {
    const { now } = this.#world.time
    const window = this.#windows.get(address) ?? new Float64Array(LIMIT).fill(-WINDOW_MS - 1)
    this.#windows.set(address, window)
    const counted = this.#counted.get(address) ?? 0
    const oldest = window[counted % LIMIT] ?? 0
    if (now - oldest < WINDOW_MS) return false
    window[counted % LIMIT] = now
    this.#counted.set(address, counted + 1)
    return true
  }

  #body(agent: number): string {
    const { setup, time } = this.#world
    const { lifeMs, delegatedAgainAt } = setup
    const everyMs = lifeMs * delegatedAgainAt
    const sinceMs = (time.wall + (this.#phases[agent] ?? 0) * everyMs) % everyMs
    const iat = Math.floor((time.wall - sinceMs) / 1_000)
    const exp = iat + lifeMs / 1_000
    const id = clientIdOf(agent)
    const claims = { iat, exp, sub: `spiffe://example.org/agent/${agent}`, aud: ['api'] }
    const token = `${HEADER}.${encoded({ ...claims, client_id: id })}.c2lnbmF0dXJl`
    const expiresAt = new Date(exp * 1_000).toISOString()
    const permissions = ['records:read']
    return JSON.stringify({ token, client_id: id, expires_at: expiresAt, permissions })
  }

  /** Half of all ways take between two thirds and one and a half times the median. */
  #latency(): number {
    const { random } = this.#world
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return LATENCY_MS * Math.exp(0.6 * normal)
  }
}

export function clientIdOf(agent: number): string {
  return `a0000000-0000-4000-8000-${String(agent).padStart(12, '0')}`
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const HEADER = encoded({ alg: 'RS256', typ: 'JWT' })
const THROTTLED = '{"error":"Rate limit exceeded","limit":100,"window":"1m0s"}'

function response(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): TransportResponse {
  const bytes = Buffer.from(text)
  const body = {
    readPieces: async (take: (piece: Uint8Array) => void) => take(bytes),
    async *[Symbol.asyncIterator]() {
      yield bytes
    },
  }
  const type = { 'content-type': 'application/json; charset=utf-8' }
  return { status, headers: { ...type, ...headers }, body, discard: () => undefined }
}

function hangs(): Promise<never> {
  return new Promise(() => undefined)
}

function refused(): never {
  throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
}
