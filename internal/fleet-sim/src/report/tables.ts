import { pullsPerHour, REFRESHES_PER_MINUTE } from '../capacity.ts'
import type { Result } from '../run.ts'
import type { Scenario } from '../scenarios.ts'
import { HOUR, MINUTE, type Setup } from '../setup.ts'

export interface Ran extends Scenario {
  readonly result: Result
}

const HEAD = [
  'Fleet',
  'Token life',
  'Simulated',
  'Requests a second: mean, p99',
  'Most in a minute and address',
  '429',
  'Failed of calls',
  'Wait: median, p99, longest',
  'Expired in use',
]

/** The figures of runs, one a row. */
export function figuresTable(ran: readonly Ran[]): string {
  return table(HEAD, ran.map(rowOf))
}

function rowOf({ name, result: { setup, summary } }: Ran): readonly string[] {
  const { requestsPerSecond, p99Second, maxMinute, throttled, failed, failures, calls } = summary
  const { waitMedianMs, waitP99Ms, waitMaxMs, expiredInUse } = summary
  const codes = Object.entries(failures).map(([code, count]) => `\`${code}\` ${number(count)}`)
  const all = `${number(failed)} of ${number(calls + failed)}`
  return [
    name,
    duration(setup.lifeMs),
    `${duration(setup.measuredMs)}${setup.share < 1 ? `, ${setup.share * 100} % of the fleet` : ''}`,
    `${requestsPerSecond.toFixed(2)}, ${p99Second}`,
    number(maxMinute),
    number(throttled),
    codes.length === 0 ? all : `${all}: ${codes.join(', ')}`,
    [waitMedianMs, waitP99Ms, waitMaxMs].map(duration).join(', '),
    number(expiredInUse),
  ]
}

/** How many agents can begin behind one address. */
export function startTable(): string {
  const rows = [1, 10, 60].map((minutes) => [
    `${minutes} min`,
    number(90 * minutes),
    number(100 * minutes),
  ])
  return table(['Within', 'One process, as it is set', 'The server takes'], rows)
}

/** How many agents can live behind one address. */
export function capacityTable(): string {
  const lives = [5 * MINUTE, HOUR, 12 * HOUR]
  const rows = lives.flatMap((lifeMs) =>
    [0.5, 0.6, 0.8].map((share) => {
      const pulls = pullsPerHour(lifeMs, share)
      const agents = (60 * REFRESHES_PER_MINUTE) / pulls
      const perLife = (pulls * lifeMs * share) / HOUR
      return [
        duration(lifeMs),
        `${share * 100} % of its life`,
        perLife.toFixed(1),
        pulls.toFixed(2),
        number(Math.floor(agents / 10) * 10),
      ]
    }),
  )
  const head = ['Token life', 'Delegated again after', 'Pulls a delegation', 'Pulls an hour']
  return table([...head, 'Agents behind one address'], rows)
}

/** What is not the usual setup, in words. */
export function describe({
  processes,
  processesPerAddress,
  spread,
  requestsPerMinute,
}: Setup): string {
  const where = processesPerAddress > 1 ? 'one address' : 'an address each'
  const limit = requestsPerMinute === undefined ? '90' : String(requestsPerMinute)
  return `${processes} processes, ${where}, ${spread} for each agent, ${limit} requests a minute each`
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en').replaceAll(',', ' ')
}

export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 2 * MINUTE) return `${round(ms / 1_000)} s`
  return ms < 2 * HOUR
    ? ms === HOUR
      ? '1 h'
      : `${round(ms / MINUTE)} min`
    : `${round(ms / HOUR)} h`
}

const round = (value: number): number => Math.round(value * 10) / 10

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
