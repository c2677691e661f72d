import { HOUR, MINUTE, type Setup, setup } from './setup.ts'

export interface Scenario {
  readonly name: string
  readonly setup: Setup
}

/** Four processes behind one address. All of them serve all agents, and divide the limit. */
const together = { processes: 4, processesPerAddress: 4, spread: 4, requestsPerMinute: 22 }
/** One address for each process; four of them serve each agent. */
const apart = { agents: 10_000, processes: 32, spread: 4, share: 0.25 }
const shared = { store: 'shared' } as const

const day = (name: string, given: Partial<Setup>): Scenario => ({
  name,
  setup: setup({ course: 'day', ...given }),
})

const storm = (name: string, given: Partial<Setup>): Scenario => {
  const usual = { lifeMs: 12 * HOUR, patienceMs: 3 * HOUR, measuredMs: 3 * HOUR }
  return { name, setup: setup({ course: 'storm', ...usual, ...given }) }
}

const deploy = (name: string, given: Partial<Setup>): Scenario => {
  const usual = { lifeMs: 12 * HOUR, patienceMs: HOUR, measuredMs: 4 * HOUR, eventMs: 10 * MINUTE }
  return { name, setup: setup({ course: 'deploy', ...usual, ...given }) }
}

const outage = (name: string, given: Partial<Setup>): Scenario => {
  const usual = { measuredMs: 4 * HOUR, eventMs: HOUR }
  return { name, setup: setup({ course: 'outage', ...usual, ...given }) }
}

const failover = (name: string, given: Partial<Setup>): Scenario => {
  const usual = { lifeMs: 12 * HOUR, patienceMs: HOUR, measuredMs: 4 * HOUR, eventMs: 10 * MINUTE }
  return { name, setup: setup({ course: 'failover', ...usual, ...given }) }
}

const short = { lifeMs: 5 * MINUTE, callsPerHour: 60 }

/** What docs/scale.md shows. */
export const fullMatrix: readonly Scenario[] = [
  day('1 000 agents, one process', {}),
  day('1 000 agents, 4 processes, no store', { ...together, measuredMs: 6 * HOUR }),
  day('1 000 agents, 4 processes, shared store', { ...together, ...shared, measuredMs: 6 * HOUR }),
  day('1 000 agents, 32 addresses', { ...short, processes: 32, measuredMs: HOUR }),
  day('10 000 agents, one process', { agents: 10_000, lifeMs: 12 * HOUR }),
  day('10 000 agents, one process: too many', { agents: 10_000, measuredMs: HOUR }),
  day('100 000 agents, 1 000 addresses', {
    ...{ agents: 100_000, processes: 1_000, lifeMs: 12 * HOUR },
  }),
  storm('1 000 agents, one process', {}),
  storm('1 000 agents, 4 processes', { ...together, spread: 1, requestsPerMinute: 25 }),
  storm('1 000 agents, 4 processes, limit not divided', {
    ...{ ...together, spread: 1, requestsPerMinute: undefined },
  }),
  storm('1 000 agents, 4 processes for each, no store', together),
  storm('1 000 agents, 4 processes for each, shared store', { ...together, ...shared }),
  storm('1 000 agents, 32 processes', {
    ...{ processes: 32, processesPerAddress: 32, requestsPerMinute: 3 },
  }),
  storm('10 000 agents, one process', { agents: 10_000 }),
  storm('10 000 agents, 32 addresses', { agents: 10_000, processes: 32 }),
  storm('100 000 agents, 1 000 addresses', { agents: 100_000, processes: 1_000 }),
  deploy('1 000 agents, 4 processes, no store', together),
  deploy('1 000 agents, 4 processes, shared store', { ...together, ...shared }),
  deploy('10 000 agents, 32 addresses, no store', apart),
  deploy('10 000 agents, 32 addresses, shared store', { ...apart, ...shared }),
  outage('tokens of 5 minutes', { ...short, agents: 100 }),
  outage('tokens of an hour', {}),
  outage('tokens of 12 hours', { lifeMs: 12 * HOUR }),
  failover('1 000 agents, one process', {}),
  failover('10 000 agents, 32 addresses', { ...apart, spread: 1 }),
]

/** The same in small, in seconds: the promises hold in all of them. */
export const quickMatrix: readonly Scenario[] = [
  day('50 agents, one process', { agents: 50, measuredMs: 4 * HOUR }),
  day('15 agents, 4 processes, shared store', {
    ...{ ...together, ...shared, agents: 15, measuredMs: 4 * HOUR },
  }),
  storm('300 agents, one process', { agents: 300, measuredMs: HOUR }),
  storm('300 agents, 4 processes', {
    ...{ ...together, spread: 1, requestsPerMinute: 25, agents: 300, measuredMs: HOUR },
  }),
  storm('200 agents, 4 processes for each, shared store', {
    ...{ ...together, ...shared, agents: 200, measuredMs: HOUR },
  }),
  deploy('20 agents, 4 processes, shared store', {
    ...{ ...together, ...shared, agents: 20, measuredMs: 2 * HOUR },
  }),
  outage('100 agents, tokens of 12 hours', { agents: 100, lifeMs: 12 * HOUR }),
  failover('100 agents, one process', { agents: 100, measuredMs: 2 * HOUR }),
]
