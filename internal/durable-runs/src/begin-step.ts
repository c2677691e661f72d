import { assert } from './broken-promise.ts'
import { armFault } from './faults.ts'
import { passing } from './passing.ts'
import { isNearlyOver, nextName, type PausedCall, statusOf } from './paused-call.ts'
import { type Result, resultName, resultOf } from './processes.ts'
import type { Run } from './run.ts'

/** The model makes a call, for the first time or once more. */
export async function begin(run: Run, call: PausedCall): Promise<void> {
  const { oracle, world, counts } = run
  const process = await run.processes.any()
  const fault = armFault(process, run.random)
  const name = nextName(call)
  const before = statusOf(call, world.emulator)
  run.say(`${process.name} begins ${call.label} as ${name.toolCallId}${fault ? `, ${fault}` : ''}`)
  const result = await passing(
    world,
    resultOf(process, () => process.host.begin(call.args, name)),
  )
  process.io.calm()
  counts.begun += 1
  if (fault) counts.faults += 1
  oracle.assertClean('What a beginning returned', result)
  note(run, call, before, { result, isFaulty: fault !== undefined })
  oracle.judge()
}

function note(
  { oracle, counts, world, say }: Run,
  call: PausedCall,
  before: ReturnType<typeof statusOf>,
  { result, isFaulty }: { result: Result; isFaulty: boolean },
): void {
  const { paid, asked } = oracle.news()
  say(`  ${resultName(result)}, asked ${asked.length}, paid ${paid.length}`)
  counts.executed += paid.length
  assert(asked.length <= 1, 'One call rang more than once.')
  const after = statusOf(call, world.emulator)
  const isOpen = !call.isDone && (before === 'pending' || before === 'approved')
  const hasTime = after !== 'expired' && !isNearlyOver(call, world.emulator, world.clock.now())
  const isKnown = isOpen && hasTime && !call.isDisturbed
  assert(!isKnown || asked.length === 0, 'The same call rang a second time.')
  assert(paid.length <= (asked.length > 0 ? 0 : 1), 'A call was executed that nobody had approved.')
  call.asked.push(...asked)
  if (asked.length > 0) call.isDone = false
  if (paid.length > 0) call.isDone = true
  if (isFaulty) call.isDisturbed = true
  if (!('stored' in result)) return
  call.stored.push(String(result.stored))
  const isPending = statusOf(call, world.emulator) === 'pending'
  if (!isFaulty && isPending) call.isDisturbed = false
}
