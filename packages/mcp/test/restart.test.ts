import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testEmulator, watch } from '@authsec-internal/test-kit'
import type { Client } from '@modelcontextprotocol/client'
import { describe, expect, it, vi } from 'vitest'
import {
  type Env,
  http2025,
  http2026,
  liveEnv,
  ServerProcess,
  stdio2026,
} from './support/processes.ts'

const config = new URL('fixtures/tools.json', import.meta.url).pathname
const keyOf = (first: number): string =>
  Buffer.from(Array.from({ length: 32 }, (_, index) => first + index)).toString('base64url')
const KEYS = `k1:${keyOf(1)}`
/** Such a client gets its state at once, before anybody waits. */
const canElicit = { capabilities: { elicitation: { form: {} } } }
const release = { name: 'release_record', arguments: { id: 'rec-0001' } }

interface Result {
  resultType?: string
  requestState?: string
  structuredContent?: Record<string, unknown>
}

async function send(client: Client, more: object = {}): Promise<Result> {
  const result = await client.callTool({ ...release, ...more }, { allowInputRequired: true })
  watch('tool result', result)
  return result as Result
}

/** An AuthSec server and its vault, and a folder that programs share. */
async function setUp() {
  const emulator = await testEmulator()
  const store = await mkdtemp(join(tmpdir(), 'authsec-mcp-store-'))
  const args = ['--config', config, '--store', store]
  const env: Env = { ...liveEnv(emulator), AUTHSEC_APPROVAL_KEYS: KEYS }
  const programs: ServerProcess[] = []
  const clients: Pick<Client, 'close'>[] = []

  async function start(more: Env = {}): Promise<{ url: string; program: ServerProcess }> {
    const program = new ServerProcess(['--http', '0', ...args], { ...env, ...more })
    programs.push(program)
    return { program, url: await program.saw('http://127\\.0\\.0\\.1:\\d+/mcp') }
  }

  async function connect(url: string): Promise<Client> {
    const client = await http2026(url, {}, canElicit)
    clients.push(client)
    return client
  }

  return {
    ...{ emulator, args, env, start, connect },
    /** How often the vault was asked for the record. */
    executions: () => emulator.requests.filter(({ path }) => path.includes('rec-0001')).length,
    pushes: () => emulator.control.approvals().length,
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(clients.map((client) => client.close()))
      for (const program of programs) await program[Symbol.asyncDispose]()
      await rm(store, { recursive: true })
      await emulator.close()
    },
  }
}

describe.concurrent('a program that is killed while a person decides', () => {
  it('leaves the call to another program over HTTP, which executes it once', async () => {
    await using all = await setUp()
    const first = await all.start()
    const { requestState } = await send(await all.connect(first.url))
    first.program.child.kill('SIGKILL')
    await first.program.exited
    all.emulator.control.approve()

    const second = await all.connect((await all.start()).url)
    const done = await send(second, { requestState })
    expect(done.structuredContent).toMatchObject({ ok: true, data: { id: 'rec-0001' } })
    const third = await all.connect((await all.start()).url)
    for (const client of [second, third]) {
      const again = await send(client, { requestState })
      expect(again.structuredContent).toMatchObject({ code: 'approval_used' })
    }
    expect([all.executions(), all.pushes()]).toEqual([1, 1])
  })

  it('leaves the call to another program over standard input and output', async () => {
    await using all = await setUp()
    const first = await stdio2026(all.env, all.args, canElicit)
    const { requestState } = await send(first.client)
    first.kill()
    await first.client.close()
    all.emulator.control.approve()

    const second = await stdio2026(all.env, all.args, canElicit)
    const edited = await send(second.client, { requestState, arguments: { id: 'rec-0002' } })
    expect(edited.structuredContent).toMatchObject({ code: 'approval_mismatch' })
    const done = await send(second.client, { requestState })
    expect(done.structuredContent).toMatchObject({ ok: true, data: { id: 'rec-0001' } })
    await second.client.close()
    expect([all.executions(), all.pushes()]).toEqual([1, 1])
  })

  it.each([
    ['2026', http2026],
    ['2025', http2025],
  ])(
    'is not missed by a client of %s that had no answer yet and calls again',
    async (_year, connect) => {
      await using all = await setUp()
      const first = await all.start()
      const lost = await connect(first.url)
      lost.callTool(release).catch(() => undefined)
      await vi.waitFor(() => expect(all.pushes()).toBe(1), { timeout: 8_000 })
      // The question is in the store a moment after it was sent.
      await new Promise((resolve) => setTimeout(resolve, 300))
      first.program.child.kill('SIGKILL')
      await lost.close()

      const client = await connect((await all.start()).url)
      const call = client.callTool(release)
      await new Promise((resolve) => setTimeout(resolve, 500))
      all.emulator.control.approve()
      expect(await call).toMatchObject({
        structuredContent: { ok: true, data: { id: 'rec-0001' } },
      })
      await client.close()
      expect([all.executions(), all.pushes()]).toEqual([1, 1])
    },
  )

  it('has its call denied by another program', async () => {
    await using all = await setUp()
    const first = await all.start()
    const { requestState } = await send(await all.connect(first.url))
    first.program.child.kill('SIGKILL')
    all.emulator.control.deny()
    const second = await all.connect((await all.start()).url)
    const denied = await send(second, { requestState })
    expect(denied.structuredContent).toMatchObject({ ok: false, code: 'approval_denied' })
    expect([all.executions(), all.pushes()]).toEqual([0, 1])
  })
})

describe.concurrent('programs that run at the same time', () => {
  it('execute one approval once when four of them get the same state at once', async () => {
    await using all = await setUp()
    const urls = await Promise.all(Array.from({ length: 4 }, () => all.start()))
    const clients = await Promise.all(urls.map(({ url }) => all.connect(url)))
    const [asker] = clients
    const { requestState } = await send(asker ?? expect.fail())
    all.emulator.control.approve()
    // Polls of AuthSec are not atomic (contract 9).
    all.emulator.control.failNext({ kind: 'reuse_approval' }, { times: 32 })
    const results = await Promise.all(clients.map((client) => send(client, { requestState })))
    const codes = results.map(({ structuredContent = {} }) =>
      structuredContent['ok'] === true ? 'ok' : structuredContent['code'],
    )
    expect(codes.toSorted()).toEqual(['approval_used', 'approval_used', 'approval_used', 'ok'])
    expect([all.executions(), all.pushes()]).toEqual([1, 1])
  })

  it.each<[string, Env]>([
    ['other keys', { AUTHSEC_APPROVAL_KEYS: `k2:${keyOf(101)}` }],
    ['another key of the same name', { AUTHSEC_APPROVAL_KEYS: `k1:${keyOf(101)}` }],
    ['another agent', { AUTHSEC_AGENT_CLIENT_ID: 'a594430b-2bd4-4792-9666-63162ee858c5' }],
  ])('cannot open a state that was sealed with %s', async (_what, env) => {
    await using all = await setUp()
    const own = await all.connect((await all.start()).url)
    const { requestState } = await send(own)
    all.emulator.control.approve()
    const foreign = await all.connect((await all.start(env)).url)
    await expect(send(foreign, { requestState })).rejects.toThrow(/Invalid or expired requestState/)
    expect(all.executions()).toBe(0)
  })

  it('open a state of before the rotation of keys', async () => {
    await using all = await setUp()
    const { requestState } = await send(await all.connect((await all.start()).url))
    all.emulator.control.approve()
    const keys = { AUTHSEC_APPROVAL_KEYS: `k2:${keyOf(101)},${KEYS}` }
    const rotated = await all.connect((await all.start(keys)).url)
    const done = await send(rotated, { requestState })
    expect(done.structuredContent).toMatchObject({ ok: true })
  })
})
