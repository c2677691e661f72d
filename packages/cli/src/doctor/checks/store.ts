import { randomUUID } from 'node:crypto'
import { AuthSecError, type Env } from '@authsec/core'
import type { LeasingStore } from '@authsec/core/store'
import type { Inputs } from '../inputs.ts'
import type { Findings } from '../report.ts'
import { type OpenStore, openStore } from '../store/open-store.ts'
import { storedEntry } from '../store/stored-entry.ts'

/** What the doctor writes ends by itself, soon. */
const TTL_MS = 10_000
/** So long a process waits before it asks AuthSec itself. */
const SLOW_MS = 50

/** Whether the processes of the agents can share through the store: values, claims, leases, and the agent's own entry. */
export async function checkStore(
  { store: asked, settings, cwd, timeoutMs }: Inputs,
  findings: Findings,
  signal: AbortSignal,
): Promise<void> {
  if (!asked) return
  const opened = await openStore(asked, cwd, timeoutMs)
  if ('problem' in opened) return void findings.add(opened.problem, { seen: opened.seen })
  using open = opened
  // A connection that stays open keeps the process, for which nobody waits any more.
  signal.addEventListener('abort', () => open[Symbol.dispose]())
  const facts: Record<string, unknown> = { kind: open.kind }
  findings.facts['store'] = facts
  try {
    await checkPromises(open.store, findings)
    facts['roundTripMs'] = await roundTripMs(open.store, findings)
    await checkEviction(open, facts, findings)
    await checkEntry(open.store, settings.env, facts, findings)
  } catch (error) {
    if (!AuthSecError.isInstance(error)) throw error
    if (signal.aborted) return
    const { message, hint } = error
    const { systemCode } = Object(error)
    const seen = systemCode === undefined ? message : `${message} (${systemCode})`
    findings.add('store_call_failed', { seen, fix: hint })
  }
}

/** Each is what approvals and tokens rest on. */
async function checkPromises(store: LeasingStore, findings: Findings): Promise<void> {
  for (const check of [keepsValues, claimsOnce, leasesToOne]) {
    const broken = await check(store, `doctor-${randomUUID()}`)
    if (broken !== undefined) findings.add('store_wrong', { seen: broken })
  }
}

async function keepsValues(store: LeasingStore, key: string): Promise<string | undefined> {
  const value = randomUUID()
  await store.set(key, value, TTL_MS)
  const isKept = (await store.get(key)) === value
  await store.delete(key)
  if (!isKept) return 'A value that was set was not there'
  return (await store.get(key)) === undefined
    ? undefined
    : 'A value that was deleted is still there'
}

async function claimsOnce(store: LeasingStore, key: string): Promise<string | undefined> {
  if (!(await store.claim(key, TTL_MS))) return 'A claim that nobody has was refused'
  return (await store.claim(key, TTL_MS)) ? 'A claim was given twice' : undefined
}

async function leasesToOne(store: LeasingStore, key: string): Promise<string | undefined> {
  const lease = await store.lease(key, TTL_MS)
  if (!lease) return 'A lease that nobody has was refused'
  const second = await store.lease(key, TTL_MS)
  if (second) return 'A lease was given to two'
  await lease.release()
  const next = await store.lease(key, TTL_MS)
  if (!next) return 'A lease that was released is still taken'
  await next.release()
  return undefined
}

/** The middle one of five. */
async function roundTripMs(store: LeasingStore, findings: Findings): Promise<number> {
  const times: number[] = []
  for (let turn = 0; turn < 5; turn++) {
    const start = performance.now()
    await store.get('doctor')
    times.push(performance.now() - start)
  }
  const ms = times.toSorted((a, b) => a - b)[2] ?? 0
  if (ms > SLOW_MS) findings.add('store_slow', { seen: `It takes ${Math.round(ms)} ms` })
  return Math.round(ms * 10) / 10
}

async function checkEviction(
  open: OpenStore,
  facts: Record<string, unknown>,
  findings: Findings,
): Promise<void> {
  if (!open.evictionPolicy) return
  const policy = await open.evictionPolicy()
  facts['eviction'] = policy ?? 'not known: INFO was refused, or not answered'
  if (policy === undefined || policy === 'noeviction') return
  findings.add('store_evicts', { seen: `It is ${policy}` })
}

async function checkEntry(
  store: LeasingStore,
  env: Env,
  facts: Record<string, unknown>,
  findings: Findings,
): Promise<void> {
  const state = await storedEntry(store, env)
  facts['entry'] = state === 'none' ? 'none yet, or of other keys' : state
  if (state === 'unreadable') findings.add('store_entry_unreadable')
}
