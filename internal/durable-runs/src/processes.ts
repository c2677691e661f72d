import { pick } from '@authsec-internal/test-kit'
import type { Host, HostProcess, Progress } from './host.ts'
import type { MortalIo } from './mortal-io.ts'
import { passing } from './passing.ts'
import type { ProcessOptions, World } from './world.ts'

/** A process of the host. */
export interface Process {
  readonly name: string
  readonly io: MortalIo
  readonly host: HostProcess
}

/** What a process did: it came to a pause or an end, or was killed on the way. */
export type Result = Progress | { readonly killed: true }

/** The processes of a run. */
export interface Processes {
  /** One that is running, or a new one. */
  any(): Promise<Process>
  fresh(options?: Partial<ProcessOptions>): Promise<Process>
  /** Between two steps: ends those that are too many. */
  tidy(): Promise<void>
  /** Ends all of them: in good order, or suddenly. */
  restart(how: 'close' | 'kill'): Promise<void>
}

const MOST_RUNNING = 3

export function createProcesses(host: Host, world: World, random: () => number): Processes {
  let running: Process[] = []
  let forOneStep: Process[] = []
  let started = 0

  async function fresh(options: Partial<ProcessOptions> = {}): Promise<Process> {
    const keys = pick(random, ['first', 'second'] as const)
    const { io, world: own } = world.open({ keys, approver: 'right', ...options })
    started += 1
    const process = { name: `p${started}`, io, host: await passing(world, start(own)) }
    // A process with other settings serves one step only.
    const isUsual = Object.keys(options).length === 0
    if (isUsual) running.push(process)
    else forOneStep.push(process)
    return process
  }

  const start = async (own: Parameters<Host['open']>[0]): Promise<HostProcess> => host.open(own)

  async function close(processes: readonly Process[]): Promise<void> {
    for (const { io, host } of processes) if (!io.isDead) await host.close()
  }

  return {
    fresh,
    async any() {
      running = running.filter(({ io }) => !io.isDead)
      const mayReuse = running.length > 0 && random() < 0.5
      return mayReuse ? pick(random, running) : fresh()
    },
    async tidy() {
      await close([...forOneStep, ...running.slice(0, -MOST_RUNNING)])
      forOneStep = []
      running = running.slice(-MOST_RUNNING)
    },
    async restart(how) {
      const all = running
      running = []
      if (how === 'close') await close(all)
    },
  }
}

/** Lets a process work until it pauses, ends or dies. What it throws is an end. */
export async function resultOf({ io }: Process, work: () => Promise<Progress>): Promise<Result> {
  const killed = io.died.then((): Result => ({ killed: true }))
  const result = work().catch((outcome: unknown): Result => ({ outcome }))
  return Promise.race([result, killed])
}

/** What a script says about a result. */
export function resultName(result: Result): string {
  if ('killed' in result) return 'killed'
  if ('stored' in result) return 'stored'
  const { ok, code, message } = Object(result.outcome)
  return `ended: ${code ?? message ?? `ok ${ok}`}`
}
