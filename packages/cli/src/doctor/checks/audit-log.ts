import { accessSync, constants, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { othersMayWrite } from '@authsec/core/adapter'
import { verifyAuditFile } from '@authsec/core/audit'
import { firstLine } from '../../audit/first-line.ts'
import { filesAt } from '../../audit/log-files.ts'
import { lastRecord } from '../../audit/records.ts'
import type { AuditInputs, Inputs } from '../inputs.ts'
import type { Findings } from '../report.ts'

/** An agent that works writes more often. */
const STALE_MS = 86_400_000

/** Whether a record is being written: the folder, and the newest file with its chain and its last line. */
export async function checkAuditLog(
  { audit, cwd, now }: Pick<Inputs, 'audit' | 'cwd' | 'now'>,
  findings: Findings,
): Promise<void> {
  if (!audit) return
  const path = resolve(cwd, audit.path)
  if (!isWritable(path, findings)) return
  const files = readable(path, () => filesAt(path), findings)
  const newest = files?.toSorted((a, b) => (basename(a) < basename(b) ? -1 : 1)).at(-1)
  if (!files) return
  if (newest === undefined)
    return void findings.add('audit_missing', { seen: `There is none at ${path}` })
  const facts = { files: files.length, newest }
  findings.facts['audit'] = facts
  const verified = await verifyNewest(newest, audit, findings)
  if (verified)
    findings.facts['audit'] = { ...facts, ...verified, ...(await ageOf(newest, now, findings)) }
}

function isWritable(path: string, findings: Findings): boolean {
  const isFolder = (): boolean | undefined =>
    statSync(path, { throwIfNoEntry: false })?.isDirectory()
  const folder = readable(path, () => (isFolder() ? path : dirname(path)), findings)
  if (folder === undefined) return false
  const found = statSync(folder, { throwIfNoEntry: false })
  if (!found) {
    findings.add('audit_missing', { seen: `There is no folder ${folder}` })
    return false
  }
  const problem = found.isDirectory() ? problemOf(folder) : 'It is a file'
  if (problem === undefined) return true
  findings.add('audit_unwritable', { seen: `${folder}: ${problem}` })
  return false
}

function problemOf(folder: string): string | undefined {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    return `This user may not write there (${codeOf(error)})`
  }
  return othersMayWrite(folder) ? 'Every user of this machine may write there' : undefined
}

function readable<Value>(path: string, work: () => Value, findings: Findings): Value | undefined {
  try {
    return work()
  } catch (error) {
    findings.add('audit_unwritable', { seen: `${path} cannot be read (${codeOf(error)})` })
    return undefined
  }
}

/** One file at most is read, so that the doctor stays quick; `authsec audit verify` reads all. */
async function verifyNewest(
  file: string,
  { key }: AuditInputs,
  findings: Findings,
): Promise<object | undefined> {
  if (!readable(file, () => accessSync(file, constants.R_OK) === undefined, findings))
    return undefined
  const { isUnchained, algorithm } = await firstLine(file)
  if (isUnchained) return { chain: 'none' }
  if (algorithm === 'hmac-sha256' && key === undefined) {
    return { chain: 'not verified: it has a key, see --audit-key-env' }
  }
  const result = await verifyAuditFile(file, { key })
  if (result.ok) return { chain: 'verified', closed: result.closed, lost: result.lost }
  findings.add('audit_broken', {
    seen: `${result.file}, line ${result.line} (${result.problem}): ${result.message}`,
  })
  return undefined
}

async function ageOf(file: string, now: number, findings: Findings): Promise<object> {
  const record = await lastRecord(file)
  if (!record) {
    findings.add('audit_broken', { seen: `The last line of ${file} is no whole record` })
    return {}
  }
  const minutes = Math.round((now - Date.parse(record.time)) / 60_000)
  if (minutes * 60_000 > STALE_MS) {
    const hours = Math.round(minutes / 60)
    const end = record.outcome === 'closed' ? ', and its process has ended' : ''
    findings.add('audit_stale', { seen: `The last record is ${hours} hours old${end}: ${file}` })
  }
  return { lastRecord: record.time, minutesAgo: minutes }
}

function codeOf(error: unknown): string {
  return String(Object(error).code)
}
