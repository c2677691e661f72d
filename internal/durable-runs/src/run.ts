import { createRandom, pick } from '@authsec-internal/test-kit'
import type { Host } from './host.ts'
import { createOracle, type Oracle } from './oracle.ts'
import { newCall, type PausedCall } from './paused-call.ts'
import { createProcesses, type Processes } from './processes.ts'
import { USERS, type World, worldOf } from './world.ts'

/** What happened in one run, or in all of them. */
export interface Counts {
  begun: number
  approved: number
  denied: number
  resumed: number
  wrong: number
  raced: number
  faults: number
  /** Checks that an approved call, resumed undisturbed, was executed. */
  owed: number
  executed: number
}

export const noCounts = (): Counts => {
  return {
    ...{ begun: 0, approved: 0, denied: 0, resumed: 0 },
    ...{ wrong: 0, raced: 0, faults: 0, owed: 0, executed: 0 },
  }
}

/** One run: a world, and what the script has done in it. */
export interface Run {
  readonly host: Host
  readonly random: () => number
  readonly world: World
  readonly oracle: Oracle
  readonly processes: Processes
  readonly calls: PausedCall[]
  readonly counts: Counts
  /** Adds a step to the script, which is printed when the run fails. */
  say(step: string): void
}

export function createRun(host: Host, seed: number, say: Run['say']): Run {
  const random = createRandom(seed)
  // How processes interleave is drawn apart, or it would change the script.
  const world = worldOf(createRandom(seed ^ 0x5bd1e995))
  const processes = createProcesses(host, world, random)
  const oracle = createOracle(world)
  const run = { host, random, world, oracle, processes, say, calls: [], counts: noCounts() }
  if (random() < 0.5) {
    say('AuthSec gives every poll of an approval a token')
    world.emulator.control.failNext({ kind: 'reuse_approval' }, { times: Number.POSITIVE_INFINITY })
  }
  return run
}

/** A call that nobody has made yet; some have the arguments of another one. */
export function drawCall({ random, calls }: Run): PausedCall {
  const isTwin = calls.length > 0 && random() < 0.3
  const fresh = { to: pick(random, ['acme', 'umbrella', 'initech']), amount: calls.length + 1 }
  const args = isTwin ? pick(random, calls).args : fresh
  const call = newCall(args, `t${calls.length + 1}`, pick(random, USERS))
  calls.push(call)
  return call
}
