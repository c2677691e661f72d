import type { Result } from './run.ts'
import { type Setup, simulated } from './setup.ts'

const LIMIT = 100
/** Longest wait beside the median of those that wait: in a fair order it is two. */
const FAIRNESS = 3
/** What is served within the first window waits for nothing, and the first that waits waits for this. */
const WINDOW_MS = 60_000
/** A process that waits for its turn for longer than its lease pulls beside the next one. */
const REPEATED_SHARE = { usual: 0.001, storm: 0.2 } as const

/** The promises of the engine that a run broke, as sentences. */
export function brokenPromises({ setup, summary }: Result): readonly string[] {
  const { failed, failedWithToken, throttledMost, repeated, pulls, waitMaxMs, waitingMedianMs } =
    summary
  const checks: readonly (readonly [isBroken: boolean, text: string])[] = [
    [failedWithToken > 0, `${failedWithToken} calls failed although their process had a token.`],
    [
      isWithinLimit(setup) && throttledMost > 1,
      `AuthSec answered 429 to an address ${throttledMost} times.`,
    ],
    [hasTime(setup) && failed > 0, `${failed} calls failed within the patience of their agents.`],
    [
      isStorm(setup) && waitMaxMs > FAIRNESS * Math.max(waitingMedianMs, WINDOW_MS),
      `The longest wait, ${Math.round(waitMaxMs / 1_000)} s, is more than ${FAIRNESS} times the median.`,
    ],
    [
      outlives(setup) && failed > 0,
      `${failed} calls failed in an outage that is shorter than the tokens.`,
    ],
    [
      setup.store === 'shared' && repeated > pulls * repeatedShare(setup),
      `${repeated} tokens were pulled again within a second.`,
    ],
  ]
  return checks.filter(([isBroken]) => isBroken).map(([, text]) => text)
}

function repeatedShare({ course }: Setup): number {
  return course === 'storm' ? REPEATED_SHARE.storm : REPEATED_SHARE.usual
}

/** With a shared store, who waits is served in the order in which they come. */
function isStorm({ course, store, spread }: Setup): boolean {
  return course === 'storm' && (store === 'none' || spread === 1)
}

/** Whether the processes of an address ask no more often than the server permits. */
function isWithinLimit({ processesPerAddress, requestsPerMinute = 90 }: Setup): boolean {
  return processesPerAddress * requestsPerMinute <= LIMIT
}

/** Whether all agents can have a token within their patience: no more ask than the limit permits in half of it. */
function hasTime(setup: Setup): boolean {
  const { agents, processes } = simulated(setup)
  const addresses = Math.ceil(processes / setup.processesPerAddress)
  const neededMs = (agents / addresses / 90) * 60_000 * (setup.store === 'none' ? setup.spread : 1)
  return isWithinLimit(setup) && setup.course !== 'outage' && setup.patienceMs > 2 * neededMs
}

/** A refresh begins at half of the life, so that an agent in use always has a fifth of it left. */
function outlives({ course, eventMs, lifeMs }: Setup): boolean {
  return course === 'outage' && eventMs <= lifeMs / 5
}
