import type { Env } from '@authsec/core'
import { keyFrom } from '../audit/chain-key.ts'
import { diagnose } from '../doctor/diagnose.ts'
import type { Inputs } from '../doctor/inputs.ts'
import type { Finding, Report } from '../doctor/report.ts'
import type { Io } from '../output/io.ts'
import { json, paint, printable, rows } from '../output/text.ts'
import { UsageError } from '../output/usage-error.ts'
import { readSettings, type ServerFlags, variable } from '../settings/settings.ts'

export interface DoctorFlags extends ServerFlags {
  readonly endpoint?: string | undefined
  readonly audience?: readonly string[] | undefined
  readonly permission?: readonly string[] | undefined
  readonly operations?: string | undefined
  readonly approver?: string | undefined
  readonly cibaClientId?: string | undefined
  readonly audit?: string | undefined
  readonly auditKeyEnv?: string | undefined
  readonly store?: string | undefined
  readonly timeout?: string | undefined
  readonly json?: boolean | undefined
  readonly verbose?: boolean | undefined
}

/** Runs every check. Returns 0 when all is well, and 1 when there is a finding. */
export async function doctor(flags: DoctorFlags, io: Io): Promise<number> {
  const report = await diagnose(inputsOf(flags, io))
  if (flags.json) io.out(json(report))
  else print(report, flags.verbose ?? false, io)
  return report.findings.length === 0 ? 0 : 1
}

function inputsOf(flags: DoctorFlags, io: Io): Inputs {
  const settings = readSettings(flags, io)
  return {
    settings,
    audit: auditOf(flags, settings.env),
    store: storeOf(flags, settings.env),
    now: Date.now(),
    cwd: io.cwd,
    endpoint: flags.endpoint,
    audiences: flags.audience ?? [],
    permissions: flags.permission ?? [],
    operationsFile: flags.operations,
    approver: flags.approver,
    cibaClientId: flags.cibaClientId,
    timeoutMs: Math.round(secondsOf(flags.timeout ?? '10') * 1000),
    nodeVersion: process.versions.node,
  }
}

function auditOf({ audit: path, auditKeyEnv }: DoctorFlags, env: Env): Inputs['audit'] {
  if (path === undefined) {
    if (auditKeyEnv !== undefined) throw new UsageError('--audit-key-env needs --audit.')
    return undefined
  }
  return { path, key: keyFrom(auditKeyEnv, env, '--audit-key-env') }
}

/** `redis://…`, `rediss://…`, `sqlite:PATH`, or `env:NAME` for a variable that holds one of them. */
function storeOf({ store }: DoctorFlags, env: Env): Inputs['store'] {
  if (store === undefined) return undefined
  const name = /^env:(.+)$/.exec(store)?.[1]
  const address = name === undefined ? store : variable(env, name)
  if (address === undefined) throw new UsageError(`--store: ${name} is not set.`)
  const path = /^sqlite:(.+)$/s.exec(address)?.[1]
  if (path !== undefined) return { kind: 'sqlite', address: path }
  if (isRedisUrl(address)) return { kind: 'redis', address }
  // The address is not repeated: it may hold a password.
  throw new UsageError(
    '--store must be redis://…, rediss://…, sqlite:PATH or env:NAME. In a URL the user and the password are percent-encoded, and the path is the number of a database.',
  )
}

/** Whether clients of Redis can read it: they decode the user and the password. */
function isRedisUrl(address: string): boolean {
  const url = /^rediss?:\/\/./.test(address) ? URL.parse(address) : null
  if (!url || !/^(\/\d*)?$/.test(url.pathname)) return false
  try {
    return decodeURIComponent(`${url.username}:${url.password}`) !== undefined
  } catch {
    return false
  }
}

function secondsOf(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (seconds >= 0.1 && seconds <= 300) return seconds
  throw new UsageError('--timeout must be a number of seconds from 0.1 to 300.')
}

function print({ findings, facts }: Report, isVerbose: boolean, io: Io): void {
  if (isVerbose) io.out(`${rows(Object.entries(facts).flatMap(factRow))}\n`)
  for (const finding of findings) io.out(textOf(finding, io))
  if (findings.length === 0 && io.isTerminal) io.out(`${paint(io, 'good', 'All is well.')}\n`)
}

function factRow([name, value]: readonly [string, unknown]): (readonly [string, string])[] {
  if (value === undefined) return []
  return [[name, printable(typeof value === 'string' ? value : JSON.stringify(value))]]
}

function textOf({ code, severity, title, cause, fix, docs }: Finding, io: Io): string {
  const head = paint(io, severity === 'error' ? 'bad' : 'note', `${severity}  ${code}`)
  const parts = [['cause', cause] as const, ['fix', fix] as const, ['docs', docs] as const]
  return `${head}  ${title}\n${rows(parts).replaceAll(/^/gm, '  ').trimEnd()}\n\n`
}
