import { pick } from '@authsec-internal/test-kit'
import { begin } from './begin-step.ts'
import type { Host } from './host.ts'
import { type PausedCall, statusOf } from './paused-call.ts'
import { resume } from './resume-step.ts'
import { rightAttempt, wrongAttempt } from './resumptions.ts'
import { type Counts, createRun, drawCall, type Run } from './run.ts'

type Step = (run: Run) => Promise<void>

/** How long somebody takes, in milliseconds: within the life of a question (300 s), at its end, and long after. */
const PAUSES = [5_000, 5_000, 20_000, 20_000, 61_000, 150_000, 301_000, 400_000, 7_300_000]

const steps: readonly Step[] = [
  (run) => begin(run, drawCall(run)),
  (run) => begin(run, pick(run.random, run.calls)),
  decide,
  decide,
  decide,
  decide,
  decide,
  carryOn,
  carryOn,
  async (run) => {
    const call = paused(run)
    if (call) await resume(run, call, [await wrongAttempt(run, call)])
  },
  race,
  race,
  async ({ random, world, say }) => {
    const ms = pick(random, PAUSES)
    say(`${ms / 1000} s pass`)
    await world.clock.advance(ms)
  },
  async ({ random, processes, say }) => {
    const how = pick(random, ['close', 'kill'] as const)
    say(`all processes end: ${how}`)
    await processes.restart(how)
  },
]

/** One random run. Throws when a promise is broken. */
export async function durableRun(
  host: Host,
  seed: number,
  say: (step: string) => void,
): Promise<Counts> {
  const run = createRun(host, seed, say)
  const length = 6 + Math.floor(run.random() * 9)
  await begin(run, drawCall(run))
  for (let step = 0; step < length; step += 1) {
    await pick(run.random, steps)(run)
    await run.processes.tidy()
  }
  await finish(run)
  await run.processes.tidy()
  await run.processes.restart('close')
  return run.counts
}

/** A person answers one of the open questions. */
async function decide({ random, calls, world, oracle, counts, say }: Run): Promise<void> {
  const { control } = world.emulator
  const open = control.approvals().filter(({ status }) => status === 'pending')
  if (open.length === 0) return
  const { authReqId } = pick(random, open)
  const decision = random() < 0.75 ? 'approve' : 'deny'
  const call = calls.find(({ asked }) => asked.includes(authReqId))
  say(`${call?.label}: ${decision}`)
  control[decision](authReqId)
  oracle.decided(authReqId, decision)
  counts[decision === 'approve' ? 'approved' : 'denied'] += 1
}

async function carryOn(run: Run): Promise<void> {
  const call = paused(run)
  if (call) await resume(run, call, [await rightAttempt(run, call)])
}

/** Two to four processes at once, most of them right. */
async function race(run: Run): Promise<void> {
  const call = paused(run)
  if (!call) return
  const attempts = []
  for (let left = 2 + Math.floor(run.random() * 3); left > 0; left -= 1) {
    const isRight = run.random() < 0.7
    attempts.push(await (isRight ? rightAttempt(run, call) : wrongAttempt(run, call)))
  }
  await resume(run, call, attempts)
}

function paused({ calls, random }: Run): PausedCall | undefined {
  const all = calls.filter(({ stored }) => stored.length > 0)
  return all.length > 0 ? pick(random, all) : undefined
}

/** Nothing that was approved is left over, and nothing works twice. */
async function finish(run: Run): Promise<void> {
  const { calls, world, say } = run
  for (const call of calls.filter(({ stored }) => stored.length > 0)) {
    say('at the end:')
    const calm = { isCalm: true }
    await resume(run, call, [await rightAttempt(run, call, calm)])
    if (statusOf(call, world.emulator) === 'pending') continue
    await resume(run, call, [
      await rightAttempt(run, call, calm),
      await rightAttempt(run, call, calm),
    ])
  }
}
