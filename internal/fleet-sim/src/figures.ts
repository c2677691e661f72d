/** What a run counts. Times are milliseconds since the start of the measured time; what is before is left out. */
export class Figures {
  readonly #now: () => number
  readonly #perSecond: Uint32Array
  readonly #byAddress = new Map<number, { minute: number; requests: number; throttled: number }>()
  readonly perMinute: Record<'requests' | 'throttled' | 'failed' | 'served', Uint32Array>
  readonly failures = new Map<string, number>()
  readonly waits: number[] = []
  maxMinute = 0
  /** Calls that waited for nothing. */
  prompt = 0
  pulls = 0
  /** Pulls of a token that had been pulled within the last second. */
  repeated = 0
  /** How often calls were tried again. */
  repeatedCalls = 0
  /** Tokens that expired although their agent had asked for a newer one in time. */
  expiredInUse = 0
  /** Calls that failed although their process had a token for them. */
  failedWithToken = 0
  /** Sizes of the time that is measured, in milliseconds. */
  readonly measuredMs: number

  constructor(now: () => number, measuredMs: number) {
    this.#now = now
    this.measuredMs = measuredMs
    this.#perSecond = new Uint32Array(Math.ceil(measuredMs / 1_000) + 1)
    const minutes = (): Uint32Array => new Uint32Array(Math.ceil(measuredMs / 60_000) + 1)
    this.perMinute = {
      ...{ requests: minutes(), throttled: minutes() },
      ...{ failed: minutes(), served: minutes() },
    }
  }

  request(address: number): void {
    const now = this.#now()
    if (now < 0) return
    increment(this.#perSecond, now / 1_000)
    this.#count('requests')
    const minute = Math.floor(now / 60_000)
    const known = this.#byAddress.get(address) ?? { minute, requests: 0, throttled: 0 }
    this.#byAddress.set(address, known)
    if (known.minute !== minute) Object.assign(known, { minute, requests: 0 })
    known.requests += 1
    this.maxMinute = Math.max(this.maxMinute, known.requests)
  }

  throttled(address: number): void {
    if (this.#now() < 0) return
    this.#count('throttled')
    const known = this.#byAddress.get(address)
    if (known) known.throttled += 1
  }

  pull(sinceLastMs: number): void {
    if (this.#now() < 0) return
    this.pulls += 1
    if (sinceLastMs < 1_000) this.repeated += 1
  }

  /** A call that got its token after `waitMs`. */
  served(waitMs: number): void {
    if (this.#now() < 0) return
    if (waitMs > 0) this.waits.push(waitMs)
    else this.prompt += 1
    this.#count('served')
  }

  /** Calls that are not simulated, because nothing can happen to them: on average so many. */
  skipped(ms: number, callsPerMs: number): void {
    const now = this.#now()
    const measured = Math.min(this.measuredMs, now + ms) - Math.max(0, now)
    this.prompt += Math.max(0, measured) * callsPerMs
  }

  /** A call is to be tried again. */
  again(): void {
    if (this.#now() >= 0) this.repeatedCalls += 1
  }

  failed(code: string): void {
    if (this.#now() < 0) return
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1)
    this.#count('failed')
  }

  note(what: 'expiredInUse' | 'failedWithToken'): void {
    if (this.#now() >= 0) this[what] += 1
  }

  #count(what: keyof Figures['perMinute']): void {
    increment(this.perMinute[what], this.#now() / 60_000)
  }

  summary(): Summary {
    const seconds = this.measuredMs / 1_000
    const throttled = [...this.#byAddress.values()].map((address) => address.throttled)
    const waits = this.waits.toSorted((a, b) => a - b)
    const calls = this.prompt + waits.length
    return {
      requests: sum(this.perMinute.requests),
      requestsPerSecond: sum(this.perMinute.requests) / seconds,
      p99Second: quantile(this.#perSecond.toSorted(), 0.99),
      maxMinute: this.maxMinute,
      throttled: sum(this.perMinute.throttled),
      throttledMost: throttled.reduce((a, b) => Math.max(a, b), 0),
      calls: Math.round(calls),
      failed: sum(this.perMinute.failed),
      failures: Object.fromEntries(this.failures),
      waiting: waits.length,
      waitingMedianMs: waits[Math.floor(waits.length / 2)] ?? 0,
      waitMedianMs: waitOf(waits, calls, 0.5),
      waitP99Ms: waitOf(waits, calls, 0.99),
      waitMaxMs: waits.at(-1) ?? 0,
      triedAgain: this.repeatedCalls,
      ...{ pulls: this.pulls, repeated: this.repeated },
      ...{ expiredInUse: this.expiredInUse, failedWithToken: this.failedWithToken },
    }
  }
}

/** What a run came to. */
export interface Summary {
  readonly requests: number
  readonly requestsPerSecond: number
  /** The requests of the busiest second but one percent of them. */
  readonly p99Second: number
  /** The most requests of one address within a minute of the clock, refused ones included. */
  readonly maxMinute: number
  readonly throttled: number
  /** Of one address. */
  readonly throttledMost: number
  readonly calls: number
  readonly failed: number
  readonly failures: Readonly<Record<string, number>>
  /** Calls that had to wait for a token. */
  readonly waiting: number
  /** Of those that had to wait. */
  readonly waitingMedianMs: number
  /** Of all calls that were served. */
  readonly waitMedianMs: number
  readonly waitP99Ms: number
  readonly waitMaxMs: number
  readonly triedAgain: number
  readonly pulls: number
  readonly repeated: number
  readonly expiredInUse: number
  readonly failedWithToken: number
}

/** The wait at this share of all calls, most of which waited for nothing. */
function waitOf(waits: readonly number[], calls: number, share: number): number {
  const place = Math.ceil(calls * share) - (calls - waits.length) - 1
  return place < 0 ? 0 : (waits[Math.min(waits.length - 1, Math.floor(place))] ?? 0)
}

function quantile(sorted: Uint32Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

function increment(counts: Uint32Array, index: number): void {
  const whole = Math.floor(index)
  counts[whole] = (counts[whole] ?? 0) + 1
}

function sum(counts: Uint32Array): number {
  return counts.reduce((a, b) => a + b, 0)
}
