/** What happens to a fleet. */
export type Course = 'day' | 'storm' | 'deploy' | 'outage' | 'failover'

export interface Setup {
  readonly course: Course
  readonly agents: number
  readonly processes: number
  /** How many processes share one address: all of them behind one NAT gateway, or one each. */
  readonly processesPerAddress: number
  /** How many processes serve each agent, and keep its token. */
  readonly spread: number
  readonly lifeMs: number
  /** After which share of the life an administrator, or his program, has delegated again. */
  readonly delegatedAgainAt: number
  readonly store: 'none' | 'shared'
  /** Of each agent, by all its processes together, at random times. */
  readonly callsPerHour: number
  /** Option `rateLimit` of each process. */
  readonly requestsPerMinute: number | undefined
  readonly queueMs: number | undefined
  /** How long an agent tries a call again that failed with an error that may pass. */
  readonly patienceMs: number
  /** Measured time, after the warm-up. */
  readonly measuredMs: number
  /** Of the outage, of the time until another region answers, or of a deploy. It begins an hour after the warm-up. */
  readonly eventMs: number
  /** The part of the fleet that is simulated: its addresses do not disturb one another. */
  readonly share: number
  readonly seed: number
}

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

const usual: Setup = {
  course: 'day',
  agents: 1_000,
  processes: 1,
  processesPerAddress: 1,
  spread: 1,
  lifeMs: HOUR,
  delegatedAgainAt: 0.6,
  store: 'none',
  callsPerHour: 12,
  requestsPerMinute: undefined,
  queueMs: undefined,
  patienceMs: 0,
  measuredMs: 24 * HOUR,
  eventMs: 0,
  share: 1,
  seed: 1,
}

/** A setup with the usual values where none is given. */
export function setup(given: Partial<Setup>): Setup {
  return Object.freeze({ ...usual, ...given })
}

/** The size of what is simulated. */
export function simulated({ agents, processes, share }: Setup): {
  readonly agents: number
  readonly processes: number
} {
  return {
    agents: Math.round(agents * share),
    processes: Math.max(1, Math.round(processes * share)),
  }
}
