import { assert } from './broken-promise.ts'
import { passing } from './passing.ts'
import { isNearlyOver, type PausedCall, statusOf } from './paused-call.ts'
import { type Result, resultName, resultOf } from './processes.ts'
import type { Attempt } from './resumptions.ts'
import type { Run } from './run.ts'

/** Somebody carries a call on: once, or several at once. */
export async function resume(
  run: Run,
  call: PausedCall,
  attempts: readonly Attempt[],
): Promise<void> {
  const { world, oracle, counts, say } = run
  const before = statusOf(call, world.emulator)
  const names = attempts.map(({ process, what }) => `${process.name}${what && ` ${what}`}`)
  say(`${before} ${call.label} is resumed by ${names.join(' | ')}`)
  const results = await passing(world, Promise.all(attempts.map(work)))
  for (const { process } of attempts) process.io.calm()
  counts.resumed += attempts.length
  counts.wrong += attempts.filter(({ isWrong }) => isWrong).length
  counts.faults += attempts.filter(({ fault }) => fault).length
  if (attempts.length > 1) counts.raced += 1
  oracle.assertClean('What a resumption returned', results)
  assertBounds(run, call, attempts, results)
  assertLiveness(run, call, { before, attempts, results })
  oracle.judge()
}

function work({ process, stored, now }: Attempt): Promise<Result> {
  return resultOf(process, () => process.host.resume(stored, now))
}

/** What must not happen. */
function assertBounds(
  { oracle, counts, say, calls }: Run,
  call: PausedCall,
  attempts: readonly Attempt[],
  results: readonly Result[],
): void {
  const { paid, asked } = oracle.news()
  say(`  ${results.map(resultName).join(' | ')}, paid ${paid.length}`)
  counts.executed += paid.length
  const { to, amount } = call.args
  assert(asked.length === 0, 'A resumption rang.')
  const areOwn = paid.every((payment) => payment.to === to && payment.amount === amount)
  assert(areOwn, 'Other arguments were executed than those that were asked about.')
  assert(
    !attempts.every(({ isWrong }) => isWrong) || paid.length === 0,
    'A resumption with something wrong executed the call.',
  )
  const isOwn = attempts.every(({ isWrong, isRight, fault }) => isWrong || isRight || fault)
  assert(!isOwn || paid.length <= 1, 'One approval executed two calls.')
  for (const other of isOwn ? [] : calls) other.isDisturbed ||= paid.length > 0
  call.paidNow = paid.length
}

/** What must happen: an approval is not lost, and who waits goes on waiting. */
function assertLiveness(
  { world, counts }: Run,
  call: PausedCall,
  step: {
    before: ReturnType<typeof statusOf>
    attempts: readonly Attempt[]
    results: readonly Result[]
  },
): void {
  const { before, attempts, results } = step
  const after = statusOf(call, world.emulator)
  const hasFault = attempts.some(({ fault }) => fault)
  const right = attempts.findIndex(({ isRight }) => isRight)
  const isCalm = right >= 0 && !hasFault && !call.isDisturbed && !call.isDone
  const result = results[right]
  if (isCalm && before === 'approved' && after !== 'expired') {
    counts.owed += 1
    assert(call.paidNow === 1, 'A call that was approved was not executed.')
  }
  if (isCalm && before === 'denied')
    assert(Object(result).stored === undefined, 'A denied call waits on.')
  const hasTime = !isNearlyOver(call, world.emulator, world.clock.now())
  if (isCalm && after === 'pending' && hasTime) {
    assert(Object(result).stored !== undefined, 'A call that nobody has decided came to an end.')
  }
  if (call.paidNow > 0) call.isDone = true
  if (hasFault) call.isDisturbed = true
  for (const [index, { isRight }] of attempts.entries()) {
    const { stored } = Object(results[index])
    if (isRight && typeof stored === 'string') call.stored.push(stored)
  }
}
