import { testEmulator, watch } from '@authsec-internal/test-kit'
import { describe, expect, it, vi } from 'vitest'
import { call, clients, initialize, liveEnv, ServerProcess } from './support/processes.ts'

const mock = { AUTHSEC_MODE: 'mock' }
const fixture = (name: string): string => new URL(`fixtures/${name}`, import.meta.url).pathname

describe.concurrent.each(Object.entries(clients))('a %s', (_name, connect) => {
  it('lists and calls tools of a live server, and is refused a record that it may not read', async () => {
    await using emulator = await testEmulator()
    const client = await connect(liveEnv(emulator), ['--config', fixture('tools.json')])
    try {
      const { tools } = await client.listTools()
      expect(tools.map(({ name }) => name)).toEqual([
        'list_vault_records',
        'release_record',
        'authsec_secure_fetch',
        'authsec_whoami',
      ])
      const list = await client.callTool({ name: 'list_vault_records', arguments: {} })
      watch('tool result', list)
      expect(list).toMatchObject({ structuredContent: { ok: true, status: 200 } })
      const restricted = await client.callTool({
        name: 'authsec_secure_fetch',
        arguments: { endpoint: 'records/rec-0006' },
      })
      expect(restricted).toMatchObject({
        isError: true,
        structuredContent: { code: 'insufficient_scope' },
      })
    } finally {
      await client.close()
    }
  })
})

describe.concurrent('the program on standard input and output', () => {
  it('reports garbage and huge messages, serves on, and ends when its input ends', async () => {
    await using server = new ServerProcess([], mock)
    const garbage = ['garbage', '{"jsonrpc":"2.0"', '[1,2,3]', '"text"', 'null', '\u0000\u0001']
    server.send('', ...garbage, { jsonrpc: '1.0', method: 5 }, initialize)
    server.send(call(1, 'get_vault_record', { id: 'x'.repeat(5_000_000) }))
    server.send(call(2, 'nope'), call(3, 'get_vault_record', { id: ['x'] }))
    server.send(call(4, 'get_security_metrics'))
    await server.saw('"id":4[,}]')
    const { messages } = server
    const codes = messages.filter(({ id }) => id === null).map(({ error }) => codeOf(error))
    expect(codes.sort()).toEqual([-32600, -32600, -32600, -32600, -32600, -32700, -32700, -32700])
    const answer = (id: number): unknown => messages.find((message) => message['id'] === id)
    expect(answer(1)).toBeUndefined()
    expect(server.stderr).toContain('authsec-mcp: A message was over 1 MiB. It was ignored.')
    expect(answer(2)).toMatchObject({ error: { code: -32602, message: 'Tool nope not found' } })
    const invalid = { isError: true, structuredContent: { code: 'invalid_input', mock: true } }
    expect(answer(3)).toMatchObject({ result: invalid })
    expect(answer(4)).toMatchObject({ result: { structuredContent: { ok: true, mock: true } } })
    expect(server.stderr).toMatch(/\[Mode\] MOCK/)

    server.child.stdin.end()
    expect(await soon(server.exited)).toBe(0)
  })

  it('keeps what a configuration prints out of the protocol, and ends on SIGTERM', async () => {
    await using server = new ServerProcess(['--config', fixture('chatty.ts')], mock)
    server.send(initialize, call(1, 'list_incidents'))
    await server.saw('"id":1[,}]')
    expect(server.messages.map(({ id }) => id)).toEqual(['hello', 1])
    expect(server.stderr).toContain('loading the configuration')
    expect(server.stderr).toContain('still loading')
    server.child.kill('SIGTERM')
    expect(await soon(server.exited)).toBe(0)
  })

  it('continues when its log is closed, and ends when its output is closed', async () => {
    await using server = new ServerProcess([], mock)
    server.send(initialize)
    await server.saw('"id":"hello"')
    server.child.stderr.destroy()
    server.send('garbage', call(3, 'authsec_whoami'))
    await server.saw('"id":3[,}]')
    server.child.stdout.destroy()
    for (const id of [1, 2]) server.send({ jsonrpc: '2.0', id, method: 'ping' })
    expect(await soon(server.exited)).toBe(0)
  })

  it.each<[string, (server: ServerProcess) => void]>([
    ['closes its end', (server) => void server.child.stdin.end()],
    ['ends the program', (server) => void server.child.kill('SIGINT')],
  ])('executes nothing for a client that %s during an approval', async (_what, disconnect) => {
    await using emulator = await testEmulator()
    const args = ['--config', fixture('tools.json')]
    await using server = new ServerProcess(args, liveEnv(emulator))
    server.send(initialize, call(1, 'release_record', { id: 'rec-0001' }))
    await vi.waitFor(() => expect(emulator.control.approvals()).toHaveLength(1), { timeout: 8_000 })
    disconnect(server)
    expect(await soon(server.exited)).toBe(0)
    emulator.control.approve()
    expect(emulator.requests.filter(({ path }) => path.includes('records'))).toEqual([])
  })
})

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

async function soon<T>(promise: Promise<T>): Promise<T> {
  const late = new Promise<never>((_resolve, reject) => {
    // Enough for a busy machine: the program ends hanging work itself after 2 s.
    setTimeout(() => reject(new Error('It did not end.')), 4_000).unref()
  })
  return Promise.race([promise, late])
}
