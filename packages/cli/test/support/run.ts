import { type Io, runAuthSec } from '@authsec/cli'
import { plantSecret, watch } from '@authsec-internal/test-kit'
import { expect } from 'vitest'
import type { Finding } from '../../src/doctor/report.ts'

export interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  readonly isTerminal?: boolean
  readonly hasColor?: boolean
  readonly answers?: readonly string[]
  /** The output holds a token, because the test asks for one. */
  readonly isSecret?: boolean
}

/** Runs the command in this process. The leak watch reads what it prints. */
export async function authsec(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { env = {}, cwd = '/', isTerminal = false, hasColor = false, answers } = options
  const written = { out: '', err: '' }
  const left = [...(answers ?? [])]
  const io: Io = {
    out(text) {
      written.out += text
    },
    err(text) {
      written.err += text
    },
    isTerminal,
    hasColor,
    env,
    cwd,
    ask: answers && (async () => left.shift() ?? ''),
  }
  const code = await runAuthSec(args, io)
  if (!options.isSecret) watch('standard output', written.out)
  watch('standard error', written.err)
  expect(`${written.out}${written.err}`).not.toMatch(/\n\s+at .+[:(]/)
  return { code, ...written }
}

export interface Diagnosis extends Run {
  readonly codes: readonly string[]
  readonly findings: readonly Finding[]
  readonly facts: Readonly<Record<string, unknown>>
}

/** What the doctor finds. */
export async function doctor(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Diagnosis> {
  const run = await authsec(['doctor', '--json', ...args], options)
  const { findings, facts } = JSON.parse(run.out)
  return { ...run, findings, facts, codes: findings.map(({ code }: Finding) => code) }
}

/** The variables of an agent, with its client ID under watch. */
export function envOf({
  baseUrl,
  clientId,
}: {
  readonly baseUrl: string
  readonly clientId: string
}): Record<string, string> {
  plantSecret('the client ID', clientId)
  return { AUTHSEC_BASE_URL: baseUrl, AUTHSEC_AGENT_CLIENT_ID: clientId }
}
