import type { Emit } from '../events.ts'
import { type HttpRequest, type HttpResponse, sendRequest } from '../http/send-request.ts'
import type { Transport } from '../http/transport.ts'
import type { Clock } from '../support/clock.ts'
import { retryAfterMs } from '../support/header-times.ts'
import type { Applicant, Limiter, Slot } from './limiter.ts'
import { Turn, type TurnOptions } from './turn.ts'
import { TurnRefused } from './turn-refused.ts'

/** The way of one client to its AuthSec server: each request waits for its turn. */
export interface AuthSecServer {
  /** `queueMs`: default that of the client. */
  turn(options: Omit<TurnOptions, 'queueMs'> & { readonly queueMs?: number }): Turn
  /** As `sendRequest`, whose `timeoutMs` begins with the turn. Throws `TurnRefused` besides. */
  send(request: HttpRequest, turn: Turn, how: SendOptions): Promise<HttpResponse>
  /** How long a request that is not urgent would wait, in milliseconds. */
  expectedMs(): number
}

interface SendOptions {
  /** Whether it is sent again, in its turn, after a 429: the server has not read it. */
  readonly isRepeated: boolean
  readonly emit: Emit
  /** Has the last word when the turn has come: what it throws is thrown, and nothing is sent. */
  readonly atTurn?: (() => Promise<void>) | undefined
}

/** What the clients of a process may have in common. */
interface ServerParts {
  readonly limiter: Limiter
  readonly transport: Transport
  readonly clock: Clock
  readonly queueMs: number
}

/** How often a request is sent that is answered 429 each time. */
const MOST_TIMES = 3
/** A wait that somebody should know of, in milliseconds. */
const LONG_WAIT_MS = 1_000

/** @param client - The fingerprint of the agent. */
export function createAuthSecServer(parts: ServerParts, client: string): AuthSecServer {
  return new LimitedServer(parts, client)
}

/** A process may have many thousands of these. */
class LimitedServer implements AuthSecServer {
  readonly #parts: ServerParts
  readonly #client: string

  constructor(parts: ServerParts, client: string) {
    this.#parts = parts
    this.#client = client
  }

  turn(options: Omit<TurnOptions, 'queueMs'> & { readonly queueMs?: number }): Turn {
    const { clock, queueMs } = this.#parts
    return new Turn(clock, { queueMs, ...options })
  }

  expectedMs(): number {
    return this.#parts.limiter.expectedMs(this.#client)
  }

  async send(
    request: HttpRequest,
    turn: Turn,
    { isRepeated, emit, atTurn }: SendOptions,
  ): Promise<HttpResponse> {
    const { limiter } = this.#parts
    const of = this.#client
    let refused: HttpResponse | undefined
    for (let times = 1; ; times += 1) {
      const applicant = { of, turn, isAgain: refused !== undefined }
      const slot = limiter.take(applicant) ?? (await this.#queued(applicant, refused))
      if (turn.waitedMs > LONG_WAIT_MS && limiter.mayTell()) emit(waited(turn))
      if (atTurn) await confirmed(slot, atTurn)
      const answer = await this.#sendIn(slot, request)
      if (answer.status !== 429 || !isRepeated) return answer
      if (times === MOST_TIMES) throw after(answer, limiter.refuse(applicant))
      refused = answer
    }
  }

  async #queued(applicant: Applicant, refused: HttpResponse | undefined): Promise<Slot> {
    try {
      return await this.#parts.limiter.wait(applicant)
    } catch (error) {
      throw refused ? after(refused, error) : error
    }
  }

  async #sendIn(slot: Slot, request: HttpRequest): Promise<HttpResponse> {
    if (request.signal?.aborted) {
      slot.end('unsent')
      throw request.signal.reason
    }
    const { transport, clock } = this.#parts
    try {
      const answer = await sendRequest(transport, clock, request)
      const { status, headers } = answer
      const ms = status === 429 ? { retryAfterMs: retryAfterMs(headers, clock.now()) } : undefined
      slot.end(ms ?? 'answered')
      return answer
    } catch (error) {
      slot.end('unknown')
      throw error
    }
  }
}

async function confirmed(slot: Slot, atTurn: () => Promise<void>): Promise<void> {
  try {
    await atTurn()
  } catch (error) {
    slot.end('unsent')
    throw error
  }
}

/** A request that the server has sent back: the error is about that answer. */
function after({ status, headers }: HttpResponse, error: unknown): unknown {
  if (!(error instanceof TurnRefused)) return error
  error.status = status
  error.requestId = headers['x-request-id']
  return error
}

function waited(turn: Turn): Parameters<Emit>[0] {
  const seconds = Math.round(turn.waitedMs / 1_000)
  return {
    type: 'warning',
    code: 'rate_limit_wait',
    message: `A request to AuthSec waited ${seconds} s for its turn, because this process asks as often as \`rateLimit\` and the server permit.`,
  }
}
