import { createRandom } from '@authsec-internal/test-kit'
import { restartJitter } from '../../../packages/core/src/token/refresh-pace.ts'
import { Figures, type Summary } from './figures.ts'
import { HOUR, MINUTE, type Setup, simulated } from './setup.ts'
import { Fleet, type Region } from './world/fleet.ts'
import { KEY } from './world/process.ts'
import { promptCrypto } from './world/prompt-crypto.ts'
import { ServerModel } from './world/server.ts'
import { VirtualTime } from './world/virtual-time.ts'

export interface Result {
  readonly setup: Setup
  readonly summary: Summary
  /** By minute of the measured time. */
  readonly perMinute: Readonly<Record<keyof Figures['perMinute'], readonly number[]>>
  /** Real time, in milliseconds. */
  readonly tookMs: number
}

/** Runs one fleet. In one process, one after another: core takes its random numbers from `Math.random`. */
export async function run(setup: Setup): Promise<Result> {
  const startedAt = performance.now()
  const random = createRandom(setup.seed)
  const usualCrypto = await promptCrypto(KEY)
  const usualRandom = Math.random
  Math.random = createRandom(setup.seed + 1)
  restartJitter()
  try {
    const figures = await live(setup, random)
    const summary = figures.summary()
    const { requests, throttled, failed, served } = figures.perMinute
    const perMinute = {
      ...{ requests: [...requests], throttled: [...throttled] },
      ...{ failed: [...failed], served: [...served] },
    }
    return { setup, summary, perMinute, tookMs: performance.now() - startedAt }
  } finally {
    Math.random = usualRandom
    usualCrypto()
  }
}

async function live(setup: Setup, random: () => number): Promise<Figures> {
  const time = new VirtualTime()
  const startsAt = setup.course === 'storm' ? 0 : warmUpMs(setup)
  const figures = new Figures(() => time.now - startsAt, setup.measuredMs)
  const world = { setup, time, figures, random }
  const region = (name: string): Region => ({
    baseUrl: `https://${name}.example.com`,
    server: new ServerModel(world, simulated(setup).agents),
  })
  const home = region('one')
  const fleet = new Fleet(world, home)
  fleet.begin(setup.course === 'storm' ? 1_000 : startsAt)
  plan(setup, { time, fleet, home, other: region('two'), at: startsAt + HOUR })
  await time.runUntil(startsAt + setup.measuredMs)
  return figures
}

interface Stage {
  readonly time: VirtualTime
  readonly fleet: Fleet
  readonly home: Region
  readonly other: Region
  /** When it happens. */
  readonly at: number
}

function plan({ course, eventMs }: Setup, { time, fleet, home, other, at }: Stage): void {
  if (course === 'deploy') {
    const everyMs = eventMs / fleet.slots
    for (let slot = 0; slot < fleet.slots; slot += 1) {
      time.at(at + slot * everyMs, () => fleet.replace(slot))
    }
  }
  if (course !== 'outage' && course !== 'failover') return
  time.at(at, () => {
    home.server.isAway = true
  })
  time.at(at + eventMs, () => {
    if (course === 'failover') return fleet.moveTo(other)
    home.server.isAway = false
  })
}

/** Long enough that the first tokens of all agents do not need the whole limit. */
function warmUpMs(setup: Setup): number {
  const { agents, processes } = simulated(setup)
  const addresses = Math.ceil(processes / setup.processesPerAddress)
  const copies = setup.store === 'shared' ? 1 : Math.min(setup.spread, processes)
  const slowest = ((agents / addresses) * copies * MINUTE) / 50
  return Math.max(30 * MINUTE, slowest, setup.lifeMs)
}
