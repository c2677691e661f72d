import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Emulator } from '@authsec/emulator'
import { rejection, testClient, testEmulator } from '@authsec-internal/test-kit'
import { afterEach, describe, expect, it } from 'vitest'
import type { AuthSecStore } from '../src/store/store.ts'
import { createFileStore } from '../src/store.ts'
import { APPROVER, durableBench, KEYS } from './support/durable-bench.ts'

const question = { approver: APPROVER, message: 'Show record 1?', action: { show: 1 } }
const PROGRAM = join(import.meta.dirname, 'fixtures/resume-call.ts')

const children: ChildProcess[] = []
const directories: string[] = []
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true })
})

interface Resumer {
  /** What it prints, line by line. */
  next(): Promise<string>
  go(): void
  kill(): Promise<unknown>
}

/** A process of its own that carries a call on. */
function startResumer(settings: object): Resumer {
  const args = ['--conditions=@authsec/source', '--disable-warning=ExperimentalWarning', PROGRAM]
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, RESUME: JSON.stringify(settings) },
  })
  children.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    next: async () => String((await lines.next()).value),
    go: () => void child.stdin.write('go\n'),
    async kill() {
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      return exit
    },
  }
}

interface Machine {
  readonly emulator: Emulator
  readonly settings: object
  /** How often the API was called. */
  executed(): number
}

/** A call that was asked about and approved, and a folder that processes share. */
async function approvedCall(): Promise<Machine> {
  const emulator = await testEmulator({ pollIntervalSeconds: 1 })
  emulator.control.failNext({ kind: 'reuse_approval' }, { times: Number.POSITIVE_INFINITY })
  const directory = await mkdtemp(join(tmpdir(), 'durable-'))
  directories.push(directory)
  const store = createFileStore({ directory })
  const client = testClient(emulator, { approvals: { keys: KEYS }, store })
  const approval = { approver: APPROVER, message: 'Show?', wait: 'suspend' } as const
  const error = await rejection(client.secureFetch({ endpoint: 'records/rec-0001', approval }))
  const sealed = await client.sealApproval(Object(error).pending)
  emulator.control.approve()
  const { baseUrl, clientId, vaultUrl } = emulator
  return {
    emulator,
    settings: { baseUrl, clientId, vaultUrl, directory, sealed },
    executed: () =>
      emulator.requests.filter(({ path }) => path.startsWith('/secure-vault/')).length,
  }
}

describe('processes of one machine that carry the same call on', () => {
  it('execute it once when four do so at once', { timeout: 60_000 }, async () => {
    const { settings, executed, emulator } = await approvedCall()
    const all = Array.from({ length: 4 }, () => startResumer(settings))
    for (const one of all) expect(await one.next()).toBe('ready')
    for (const one of all) one.go()
    const ends = await Promise.all(all.map((one) => one.next()))
    expect(ends.sort()).toEqual(['200', 'approval_used', 'approval_used', 'approval_used'])
    expect(executed()).toBe(1)
    await emulator.close()
  })

  it('do not repeat it after one was killed between claim and send', {
    timeout: 60_000,
  }, async () => {
    const { settings, executed, emulator } = await approvedCall()
    const dying = startResumer({ ...settings, stopBeforeSend: true })
    expect(await dying.next()).toBe('ready')
    dying.go()
    expect(await dying.next()).toBe('claimed')
    await dying.kill()
    const next = startResumer(settings)
    expect(await next.next()).toBe('ready')
    next.go()
    expect(await next.next()).toBe('approval_used')
    expect(executed()).toBe(0)
    await emulator.close()
  })
})

describe('one process', () => {
  it.each([2, 10, 50])(
    'executes once when a call is carried on %i times at once',
    async (count) => {
      const { process, emulator, polls } = durableBench()
      const client = process({ store: undefined })
      const sealed = await client.sealApproval(await client.startApproval(question))
      emulator.control.approve()
      emulator.control.failNext({ kind: 'reuse_approval' }, { times: Number.POSITIVE_INFINITY })
      const uses = Array.from({ length: count }, () => client.useApproval(sealed, question))
      const results = await Promise.allSettled(uses)
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(polls()).toBe(1)
    },
  )

  it('does not lose an approval that arrives when its caller has just given up', async () => {
    const { process, emulator, clock, polls } = durableBench()
    const client = process()
    const pending = await client.startApproval(question)
    emulator.control.approve()
    emulator.control.failNext({ kind: 'delay', ms: 2_000 }, { path: /ciba\/token$/ })
    const controller = new AbortController()
    const failed = rejection(client.pollApproval(pending, { signal: controller.signal }))
    await clock.advance(500)
    controller.abort(new Error('gave up'))
    expect(await failed).toMatchObject({ message: 'gave up' })
    await clock.advance(2_000)
    expect(await client.pollApproval(pending)).toMatchObject({ status: 'approved' })
    expect(polls()).toBe(1)
  })

  it('polls for who comes when all others have just given up', async () => {
    const { process, emulator, clock } = durableBench()
    const client = process()
    const pending = await client.startApproval(question)
    emulator.control.failNext({ kind: 'delay', ms: 2_000 }, { path: /ciba\/token$/ })
    const controller = new AbortController()
    const failed = rejection(client.pollApproval(pending, { signal: controller.signal }))
    await clock.advance(500)
    controller.abort(new Error('gave up'))
    await failed
    const next = client.pollApproval(pending)
    await clock.advance(2_000)
    expect(await next).toMatchObject({ status: 'pending' })
  })
})

describe('a store', () => {
  const altered = (change: Partial<Record<keyof AuthSecStore, unknown>>, store: AuthSecStore) =>
    ({ ...store, ...change }) as AuthSecStore

  it.each<[string, () => unknown, string]>([
    ['rejects', async () => Promise.reject(new Error('down')), 'approval_not_claimed'],
    [
      'throws',
      () => {
        throw new Error('down')
      },
      'approval_not_claimed',
    ],
    ['never answers', () => new Promise(() => undefined), 'approval_not_claimed'],
    ['says a text', async () => 'true', 'approval_not_claimed'],
    ['says a number', async () => 1, 'approval_not_claimed'],
    ['says nothing', async () => undefined, 'approval_not_claimed'],
    ['says that somebody else was first', async () => false, 'approval_used'],
  ])('that %s when an approval is claimed lets nothing through', async (_what, claim, code) => {
    const { process, emulator, store, clock } = durableBench()
    const asking = process()
    const sealed = await asking.sealApproval(await asking.startApproval(question))
    emulator.control.approve()
    const client = process({ store: altered({ claim }, store) })
    const failed = rejection(client.useApproval(sealed, question))
    for (let turn = 0; turn < 20; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      await clock.advance(500)
    }
    expect(await failed).toMatchObject({ code })
    const again = client.useApproval(sealed, question)
    expect(await rejection(again)).toMatchObject({ name: 'ApprovalError' })
  })

  it('that reads null, as Redis does, does not make a new approval a used one', async () => {
    const { process, emulator, store, clock } = durableBench()
    const client = process({ store: altered({ get: async () => null }, store) })
    const pending = await client.startApproval(question)
    await clock.advance(310_000)
    expect(emulator.control.approvals()[0]?.status).toBe('expired')
    const late = client.pollApproval(pending)
    expect(await rejection(late)).toMatchObject({ code: 'approval_expired' })
  })
})
