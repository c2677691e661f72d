import { randomUUID } from 'node:crypto'
import type { Emulator } from '@authsec/emulator'
import { createFakeClock, testEmulator } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { createAgentBudgets } from '../src/client/agent-budgets.ts'
import type { AuthSecClient } from '../src/client/client.ts'
import type { AuthSecPool } from '../src/client/client-pool.ts'
import { createAuthSecPool, createAuthSecPoolFromEnv } from '../src/index.ts'
import { createBudgetLimits } from '../src/policy/budget-limits.ts'
import { createMemoryStore } from '../src/store.ts'

const AGENT = 'a594430b-2bd4-4792-9666-63162ee858c5'
const OTHER = 'b594430b-2bd4-4792-9666-63162ee858c5'
const agents = [AGENT, OTHER].map((clientId) => ({ clientId }))

const poolOf = (emulator: Emulator, more: object = {}): AuthSecPool =>
  createAuthSecPool({
    baseUrl: emulator.baseUrl,
    resources: [{ name: 'vault', baseUrl: emulator.vaultUrl }],
    budget: { callsPerWindow: 2 },
    ...more,
  })

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: { code: string }) => error.code,
  )
const call = (client: AuthSecClient, context: object = {}): Promise<string> =>
  codeOf(client.secureFetch({ endpoint: 'metrics' }, context))

type Next = (pool: AuthSecPool, index: number) => AuthSecClient | Promise<AuthSecClient>
const ways: [what: string, more: object, next: Next][] = [
  ['is kept', {}, (pool) => pool.client(AGENT)],
  [
    'makes room for another one',
    { maxClients: 1 },
    (pool) => {
      pool.client(OTHER)
      return pool.client(AGENT)
    },
  ],
  ['has a listener for each call', {}, (pool) => pool.client(AGENT, { onEvent: () => undefined })],
  [
    'has a session for each call',
    {},
    (pool, index) => pool.client(AGENT, { apiToken: `s${index}` }),
  ],
  ['has a store for each call', {}, (pool) => pool.client(AGENT, { store: createMemoryStore() })],
  [
    'has resources for each call',
    {},
    (pool, index) => pool.client(AGENT, { timeoutMs: 5_000 + index }),
  ],
  [
    'is closed after each call',
    {},
    async (pool) => {
      await pool.client(AGENT).close()
      return pool.client(AGENT)
    },
  ],
  [
    'is written in another way each time',
    { maxClients: 1 },
    (pool, index) => pool.client(index % 2 ? AGENT.toUpperCase() : AGENT.replaceAll('-', '')),
  ],
]

describe('the budget of an agent of a pool', () => {
  it.each(ways)('holds when its client %s', async (_what, more, next) => {
    await using emulator = await testEmulator({ agents })
    await using pool = poolOf(emulator, more)
    const codes: string[] = []
    for (let index = 0; index < 6; index += 1) codes.push(await call(await next(pool, index)))
    expect(codes.join(' ')).toBe(`ok ok${' budget_exceeded'.repeat(4)}`)
  })

  it('holds when nobody asked for its client within idleMs, and frees up with its window', async () => {
    await using emulator = await testEmulator({ agents })
    const clock = createFakeClock()
    await using pool = poolOf(emulator, { idleMs: 1, clock })
    const codes: string[] = []
    for (let index = 0; index < 4; index += 1) {
      codes.push(await call(pool.client(AGENT)))
      await clock.advance(1_000)
    }
    expect(codes).toEqual(['ok', 'ok', 'budget_exceeded', 'budget_exceeded'])
    await clock.advance(70_000)
    expect(await call(pool.client(AGENT))).toBe('ok')
  })

  it('is shared with who still holds a client that the pool has let go of', async () => {
    await using emulator = await testEmulator({ agents })
    await using pool = poolOf(emulator, { maxClients: 1 })
    const held = pool.client(AGENT)
    pool.client(OTHER)
    const next = pool.client(AGENT)
    expect(next).not.toBe(held)
    const codes = [await call(held), await call(next), await call(held), await call(next)]
    expect(codes).toEqual(['ok', 'ok', 'budget_exceeded', 'budget_exceeded'])
  })

  it('counts calls at one time, bytes and runs over all its clients', async () => {
    await using emulator = await testEmulator({ agents })
    const clients = (pool: AuthSecPool, count: number): AuthSecClient[] =>
      Array.from({ length: count }, () => pool.client(AGENT, { onEvent: () => undefined }))
    await using narrow = poolOf(emulator, { budget: { concurrentCallsPerClient: 3 } })
    const together = await Promise.all(clients(narrow, 8).map((client) => call(client)))
    expect(together.filter((code) => code === 'ok')).toHaveLength(3)
    await using few = poolOf(emulator, { budget: { callsPerRun: 2 } })
    const runs: string[] = []
    for (const client of clients(few, 4)) runs.push(await call(client, { run: 'r' }))
    expect(runs).toEqual(['ok', 'ok', 'budget_exceeded', 'budget_exceeded'])
    await using small = poolOf(emulator, { budget: { bytesPerWindow: 1 } })
    const bytes: string[] = []
    for (const client of clients(small, 2)) {
      const answer = client.fetch(`${emulator.vaultUrl}metrics`).then((response) => response.text())
      bytes.push(await codeOf(answer))
    }
    expect(bytes).toEqual(['ok', 'budget_exceeded'])
  })

  it('is its own: another agent has another one', async () => {
    await using emulator = await testEmulator({ agents })
    await using pool = poolOf(emulator)
    for (const id of [AGENT, OTHER, AGENT, OTHER]) expect(await call(pool.client(id))).toBe('ok')
    for (const id of [AGENT, OTHER]) expect(await call(pool.client(id))).toBe('budget_exceeded')
  })

  it('is another one with limits of its own, which clients with the same limits share', async () => {
    await using emulator = await testEmulator({ agents })
    await using pool = poolOf(emulator)
    const own = () =>
      pool.client(AGENT, { budget: { callsPerWindow: 3 }, onEvent: () => undefined })
    const usual = () => pool.client(AGENT)
    const codes: string[] = []
    for (const next of [own, own, own, own, usual, usual, usual]) codes.push(await call(next()))
    expect(codes.join(' ')).toBe('ok ok ok budget_exceeded ok ok budget_exceeded')
  })

  it('holds in mock mode too', async () => {
    await using pool = createAuthSecPoolFromEnv(
      { AUTHSEC_MODE: 'mock' },
      { onEvent: () => undefined, budget: { callsPerWindow: 2 }, maxClients: 1 },
    )
    const codes: string[] = []
    for (let index = 0; index < 4; index += 1) {
      pool.client(OTHER)
      codes.push(await call(pool.client(AGENT)))
    }
    expect(codes).toEqual(['ok', 'ok', 'budget_exceeded', 'budget_exceeded'])
  })
})

describe('the budgets that a pool keeps', () => {
  const limits = createBudgetLimits({ callsPerWindow: 1 })
  const bench = (maxClients: number) => {
    const clock = createFakeClock()
    return { clock, budgets: createAgentBudgets({ maxClients, idleMs: 60_000, clock }) }
  }

  it('go when they have rested, and are no more than twice its clients or 10 000', () => {
    for (const [maxClients, most] of [
      [1, 10_000],
      [10_000, 20_000],
    ] as const) {
      const { budgets } = bench(maxClients)
      for (let index = 0; index < 50_000; index += 1) budgets.of(randomUUID(), limits)
      expect(budgets.size).toBeLessThanOrEqual(most)
      expect(budgets.size).toBeGreaterThan(most * 0.8)
    }
  })

  it('stay while they count, and while a call is under way', async () => {
    const { budgets, clock } = bench(1)
    const used = budgets.of('used', limits)
    used.take(undefined).release()
    const running = budgets.of('running', limits)
    running.take(undefined)
    await clock.advance(59_000)
    expect(budgets.of('used', limits)).toBe(used)
    await clock.advance(59_000)
    for (let index = 0; index < 2_000; index += 1) budgets.of(randomUUID(), limits)
    expect(budgets.of('used', limits)).toBe(used)
    await clock.advance(600_000)
    for (let index = 0; index < 5_000; index += 1) budgets.of(randomUUID(), limits)
    expect(budgets.of('used', limits)).not.toBe(used)
    for (let index = 0; index < 50_000; index += 1) budgets.of(randomUUID(), limits)
    expect(budgets.of('running', limits)).toBe(running)
  })

  it('cost the same for one more agent, however many there are', () => {
    const startedAt = performance.now()
    const { budgets } = bench(40_000)
    for (let index = 0; index < 100_000; index += 1) budgets.of(`agent-${index}`, limits)
    expect(performance.now() - startedAt).toBeLessThan(8_000)
  })
})
