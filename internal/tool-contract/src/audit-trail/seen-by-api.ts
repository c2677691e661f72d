import type { Emulator } from '@authsec/emulator'
import { expect } from 'vitest'
import type { TracedRow } from './rows.ts'

type Seen = Emulator['requests'][number]

const VAULT = '/secure-vault/'

/**
 * Compares the rows with what the protected API itself recorded, one after another: as many requests as attempts, the
 * same method, place, token and status. A request that no row explains fails, and so does a row without its requests.
 */
export function expectSeenByApi(rows: readonly TracedRow[], { requests }: Emulator): void {
  const seen = requests.filter(({ path }) => path.startsWith(VAULT))
  expect(rows.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(seen.length)
  let next = 0
  for (const row of rows) {
    const ofRow = seen.slice(next, next + row.attempts)
    next += row.attempts
    for (const request of ofRow) expectSame(row, request)
    const last = ofRow.at(-1)
    if (!last) continue
    expect(last.bearer).toBe(row.token)
    // 0: the API closed the connection without an answer.
    expect(last.status).toBe(row.status ?? 0)
    // What the API itself asks for. Injected failures come before it looks.
    if (last.permission !== undefined) expect(row.permission).toContain(last.permission)
  }
}

function expectSame({ method, route }: TracedRow, request: Seen): void {
  const template = new RegExp(`^${VAULT}${route.replace(/\{\w+\}/g, '[^/]+')}$`)
  expect([request.method, request.path]).toEqual([method, expect.stringMatching(template)])
}

/** Compares who approved with what AuthSec knows: each approval was given by this person, and used once. */
export function expectSeenByAuthSec(rows: readonly TracedRow[], { control }: Emulator): void {
  const used = control.approvals().filter(({ status }) => status === 'consumed')
  const told = rows.filter(({ approvedBy }) => approvedBy !== undefined)
  expect(told.map(({ approvedBy }) => approvedBy)).toEqual(used.map(({ user }) => user))
  for (const [index, { approvalCode = '?' }] of told.entries()) {
    expect(used[index]?.bindingMessage).toContain(approvalCode)
  }
}
