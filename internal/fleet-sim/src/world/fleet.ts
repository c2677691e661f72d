import { DelegationError } from '@authsec/core'
import type { Emit } from '../../../../packages/core/src/events.ts'
import type { Figures } from '../figures.ts'
import { MINUTE, type Setup, simulated } from '../setup.ts'
import { AgentProcess, remoteStore } from './process.ts'
import { Seat } from './seat.ts'
import type { ServerModel } from './server.ts'
import type { VirtualTime } from './virtual-time.ts'

interface World {
  readonly setup: Setup
  readonly time: VirtualTime
  readonly figures: Figures
  readonly random: () => number
}

/** Where the processes ask: an AuthSec server and its address. */
export interface Region {
  readonly baseUrl: string
  readonly server: ServerModel
}

/** What ends when a process is replaced finishes within this time. */
const DRAIN_MS = MINUTE

/** Before a call is tried again. */
const LEAST_PAUSE_MS = 250

/** Agents that call, each in one or more processes, one call at a time. */
export class Fleet {
  readonly #world: World
  readonly #store: ReturnType<typeof remoteStore> | undefined
  readonly #processes: AgentProcess[]
  readonly seats: readonly Seat[]
  readonly #callsPerMs: number
  #region: Region

  constructor(world: World, region: Region) {
    const { setup, time, random } = world
    const { agents, processes } = simulated(setup)
    const spread = Math.min(setup.spread, processes)
    this.#world = world
    this.#region = region
    this.#store = setup.store === 'shared' ? remoteStore(time, random) : undefined
    this.#callsPerMs = setup.callsPerHour / 3_600_000 / spread
    this.#processes = Array.from({ length: processes }, (_, slot) => this.#start(slot))
    const step = Math.max(1, Math.floor(processes / spread))
    this.seats = Array.from({ length: agents * spread }, (_, index) => {
      const agent = Math.floor(index / spread)
      return new Seat(agent, (agent + (index % spread) * step) % processes)
    })
  }

  get slots(): number {
    return this.#processes.length
  }

  /** Each seat calls for the first time within this time, and from then on at random. */
  begin(withinMs: number): void {
    const { time, random } = this.#world
    for (const seat of this.seats) this.#callAt(seat, time.now + withinMs * random())
  }

  /** A new process takes the place of another one. */
  replace(slot: number): void {
    const { time } = this.#world
    const old = this.#processes[slot]
    this.#processes[slot] = this.#start(slot)
    time.at(time.now + DRAIN_MS, () => old?.close())
    for (const seat of this.seats) {
      if (seat.slot !== slot) continue
      seat.forget()
      if (!seat.isBusy) this.#callLater(seat)
    }
  }

  /** All processes start again, with the base URL of another region. */
  moveTo(region: Region): void {
    this.#region = region
    for (let slot = 0; slot < this.slots; slot += 1) this.replace(slot)
  }

  #start(slot: number): AgentProcess {
    const { setup, time } = this.#world
    const { baseUrl, server } = this.#region
    const transport = server.transportFrom(Math.floor(slot / setup.processesPerAddress))
    return new AgentProcess(setup, { time, baseUrl, transport, store: this.#store })
  }

  #callAt(seat: Seat, at: number): void {
    seat.cancelNext?.()
    seat.cancelNext = this.#world.time.at(at, () => this.#call(seat))
  }

  /** At random times, nothing is remembered: calls to which nothing can happen need no event. */
  #callLater(seat: Seat): void {
    const { time, random, figures } = this.#world
    const quietMs = Math.max(0, seat.quietUntil - time.now)
    figures.skipped(quietMs, this.#callsPerMs)
    this.#callAt(seat, time.now + quietMs - Math.log(1 - random()) / this.#callsPerMs)
  }

  #call(seat: Seat): void {
    const { time, figures } = this.#world
    if (seat.held?.cell.fresh({})) {
      figures.served(0)
      this.#callLater(seat)
      return
    }
    seat.isBusy = true
    void this.#attempts(seat, time.now).then(() => {
      seat.isBusy = false
      this.#callLater(seat)
    })
  }

  async #attempts(seat: Seat, startedAt: number): Promise<void> {
    const { setup, time, figures } = this.#world
    for (let attempt = 1; ; attempt += 1) {
      const error = await this.#attempt(seat)
      if (error === undefined) return figures.served(time.now - startedAt)
      const { code, retryable, retryAt } = error
      const leftMs = startedAt + setup.patienceMs - time.now
      const askedMs = retryAt ? retryAt.getTime() - time.wall : this.#backOff(attempt)
      const pauseMs = Math.max(LEAST_PAUSE_MS, askedMs)
      if (!retryable || pauseMs > leftMs) return figures.failed(code)
      figures.again()
      await time.delay(pauseMs)
    }
  }

  /** The error, if there is one. */
  async #attempt(seat: Seat): Promise<DelegationError | undefined> {
    const { time, figures } = this.#world
    if (seat.begin(time)) figures.note('expiredInUse')
    try {
      await this.#held(seat).source.get()
      return undefined
    } catch (error) {
      if (!DelegationError.isInstance(error)) throw error
      if (seat.hasToken(time)) figures.note('failedWithToken')
      return error
    }
  }

  /** As programs do that are told nothing better. */
  #backOff(attempt: number): number {
    return Math.min(30_000, 1_000 * 2 ** (attempt - 1)) * (0.5 + this.#world.random() / 2)
  }

  #held(seat: Seat): NonNullable<Seat['held']> {
    const { time, setup } = this.#world
    const { server } = this.#region
    const emit: Emit = (event) => {
      if (event.type !== 'token.acquired' || seat.held !== held) return
      const confirmedAgoMs = Math.max(0, time.now - server.lastAnswer(seat.agent))
      seat.acquired(event, { time, lifeMs: setup.lifeMs, confirmedAgoMs })
    }
    const process = this.#processes[seat.slot]
    if (!process) throw new Error(`There is no process ${seat.slot}.`)
    const held = seat.held ?? process.open(seat.agent, emit)
    seat.held = held
    return held
  }
}
