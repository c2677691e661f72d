/** A bound of the project for one kind of figure. */
export interface Goal {
  readonly better: 'less' | 'more'
  readonly goal: number
  /** What `--assert` holds the code to where the goal is not reached yet. Default: the goal. */
  readonly accepted?: number
  /** Which guard or which law of the machine keeps the code from it. It is printed under the goals. */
  readonly why?: string
}

/** `--assert` fails beyond the accepted value and this head-room: another machine has other ratios. */
export const HEAD_ROOM = 1.25

type Missed = Pick<Goal, 'accepted' | 'why'>

const atMost = (goal: number, missed: Missed = {}): Goal => ({ better: 'less', goal, ...missed })
const atLeast = (goal: number, missed: Missed = {}): Goal => ({ better: 'more', goal, ...missed })

const SMALL =
  'the guards alone stand beside each figure. What is beyond them, about 11 µs, is the plan, the look at the token, budgets, retries and the event.'
const LARGE =
  'the guards alone stand beside each figure, and are nearly all of it. They read each byte twice in JavaScript, for 0.5 to 1.8 ns each time: depth, values and numbers of the JSON before it is parsed, and any 16 characters of the token, also encoded. A reading costs a fifth to three fifths of `JSON.parse`; a loop that only adds the bytes up takes 1 ns for each.'

/**
 * All goals, each for its worst case. `accepted` is what the code needs at present: a change that makes it
 * faster lowers the value, and removes it at the goal.
 */
export const goals = {
  'call of 1 KiB / undici': atMost(1.5, { accepted: 2.1, why: SMALL }),
  'call of 64 KiB / undici': atMost(1.4, { accepted: 2, why: LARGE }),
  'call of 1 MiB / undici': atMost(1.4, { accepted: 1.9, why: LARGE }),
  'call of 1 KiB / global fetch': atMost(0.5, { accepted: 0.75, why: SMALL }),
  'call of 1 MiB / global fetch': atMost(0.8, { accepted: 1.8, why: LARGE }),
  '10 000 concurrent calls / 100': atMost(1.2, {
    accepted: 2,
    why: '10 000 calls that wait are alive at once, so V8 moves all they hold out of its young generation, which it does not do for 100. A call keeps nothing in a list of the client: 1 000 at a time stay near the goal.',
  }),
  'audit log / none': atMost(1.05, {
    accepted: 1.1,
    why: 'a line takes 4 to 5 µs of a call of 50 on a busy machine, where 45 to 90 lines are written together: about 1 for the event, 1.0 to 1.4 for the record and its JSON, 1.1 to 1.3 for its place in the chain with the SHA-256, and 0.8 to 1.3 for its 500 bytes in the page cache of the system. With everything in the caches of the CPU it is 2. Lines of 290 bytes with one hash for all that are written together would take about 1.2 less, and would no longer name the line that was altered.',
  }),
  'telemetry without an SDK / none': atMost(1.01),
  'requests of a stampede': atMost(1),
  'calls lost': atMost(0),
  'requests for short tokens': atMost(40),
  'requests for a stuck token of 12 h': atMost(16),
  'requests in an outage': atMost(12),
  'uncached / jose': atMost(0.7),
  'uncached / jose, 64 at once': atMost(1, {
    accepted: 1.3,
    why: 'jose verifies by WebCrypto in the threads of the process, so on idle cores it takes more CPU and less time. Verify stays on one thread on purpose: the thread pool took 1.25 of the CPU and, with both cores busy, no less time (64 at a time, `crypto.verify`: 21 µs of time and 21 µs of CPU on one thread, 22 µs and 27 µs by the pool), and a busy server has no idle cores.',
  }),
  'cached / fast-jwt': atMost(1),
  'reader / loop with documents': atLeast(0.85, {
    accepted: 0.62,
    why: 'one page is one guarded call, and its guards read it as they read every answer; the loop reads it once.',
  }),
  'NDJSON reader, memory': atMost(64),
  'client, memory': atMost(2),
  'call among 10 000 resources / 1': atMost(1.1),
  'tool beyond its fetch': atMost(10, {
    why: 'it is missed for MCP in memory only, where it is the difference of two figures of more than 100 µs each, and differs by as much as the goal from run to run. Not looked into further.',
  }),
  'MCP over HTTP / bare server': atMost(1.15),
  'import of core / undici': atMost(0.2, {
    why: 'it is at the goal, and differs by a fifth from run to run. Without comments and white space, what is built is a fifth smaller and takes as long.',
  }),
} satisfies Readonly<Record<string, Goal>>

export type GoalName = keyof typeof goals
