/** A bound of the project for one kind of figure. */
export interface Goal {
  readonly better: 'less' | 'more'
  readonly goal: number
  /** What `--assert` holds the code to where the goal is not reached yet. Default: the goal. */
  readonly accepted?: number
}

/** `--assert` fails beyond the accepted value and this head-room: another machine has other ratios. */
export const HEAD_ROOM = 1.25

const atMost = (goal: number, accepted?: number): Goal =>
  accepted === undefined ? { better: 'less', goal } : { better: 'less', goal, accepted }

const atLeast = (goal: number, accepted?: number): Goal =>
  accepted === undefined ? { better: 'more', goal } : { better: 'more', goal, accepted }

/**
 * All goals, each for its worst case. `accepted` is what the code needs at present: a change that makes it
 * faster lowers the value, and removes it at the goal.
 */
export const goals = {
  'call of 1 KiB / undici': atMost(1.5, 2.4),
  'call of 64 KiB / undici': atMost(1.4, 2.6),
  'call of 1 MiB / undici': atMost(1.4, 1.9),
  'call of 1 KiB / global fetch': atMost(0.5, 0.9),
  'call of 1 MiB / global fetch': atMost(0.8, 2.1),
  '10 000 concurrent calls / 100': atMost(1.2, 2),
  'requests of a stampede': atMost(1),
  'calls lost': atMost(0),
  'requests for short tokens': atMost(40),
  'requests for a stuck token of 12 h': atMost(16),
  'requests in an outage': atMost(12),
  'uncached / jose': atMost(0.7),
  'uncached / jose, 64 at once': atMost(1, 1.3),
  'cached / fast-jwt': atMost(1),
  'reader / loop with documents': atLeast(0.85, 0.62),
  'NDJSON reader, memory': atMost(64),
  'tool beyond its fetch': atMost(10),
  'MCP over HTTP / bare server': atMost(1.15),
  'import of core / undici': atMost(0.2),
} satisfies Readonly<Record<string, Goal>>

export type GoalName = keyof typeof goals
