import type { Emulator } from '@authsec/emulator'
import { type RunningProgram, startProgram, watch } from '@authsec-internal/test-kit'

const PROGRAM = 'packages/store/test/fixtures/agent-process.ts'
const TOKEN_PATH = '/authsec/uflow/sdk/delegation-token'

export interface FleetOptions {
  readonly port: number
  readonly leases?: boolean
  /** How many times slower the clocks of the clients run. Default: 1. */
  readonly slower?: number
}

/** Processes of one agent, every second with another driver of Redis. */
export interface Fleet extends AsyncDisposable {
  readonly programs: readonly RunningProgram[]
  /** One line of input for each process. */
  tell(line: string): void
  /** Ends a process as a crash does, and starts another one in its place. */
  replace(index: number): Promise<void>
}

const SIZE = 4

export async function startFleet(
  { baseUrl, vaultUrl, clientId }: Emulator,
  { port, leases = true, slower = 1 }: FleetOptions,
): Promise<Fleet> {
  const last = [leases ? 'yes' : 'no', baseUrl, vaultUrl, clientId, String(slower)]
  const start = async (index: number): Promise<RunningProgram> => {
    const kind = index % 2 === 0 ? 'node-redis' : 'ioredis'
    const program = startProgram(PROGRAM, [kind, String(port), ...last])
    await program.saw('ready')
    return program
  }
  const programs = await Promise.all(Array.from({ length: SIZE }, (_, index) => start(index)))
  const ended: RunningProgram[] = []
  const end = async (program: RunningProgram | undefined): Promise<void> => {
    if (!program) return
    program.child.kill('SIGKILL')
    await program.ended
    ended.push(program)
  }
  return {
    programs,
    tell(line) {
      for (const { child } of programs) child.stdin.write(`${line}\n`)
    },
    async replace(index) {
      await end(programs[index])
      programs[index] = await start(index)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(programs.map(end))
      for (const { output } of ended) watch('output of a process', output)
    },
  }
}

/** How often AuthSec was asked for a token. */
export const pullsOf = ({ requests }: Emulator): number =>
  requests.filter(({ path }) => path === TOKEN_PATH).length

/** What `stop` made the processes print: calls and the codes of those that failed. */
export async function stopLoad(
  programs: readonly RunningProgram[],
): Promise<readonly { readonly calls: number; readonly failed: string }[]> {
  return Promise.all(
    programs.map(async ({ child, saw, output }) => {
      child.stdin.write('stop\n')
      await saw(' failed ')
      const [, calls, failed = ''] = /calls (\d+) failed (\S+)\n/.exec(output.stdout) ?? []
      return { calls: Number(calls), failed }
    }),
  )
}
