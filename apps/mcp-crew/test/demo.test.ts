import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createPrinter } from '@authsec-apps/demo-kit'
import { testEmulator, watch } from '@authsec-internal/test-kit'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { describe, expect, it } from 'vitest'
import { runAnalyst, type ToolClient } from '../src/analyst.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const flags = ['--conditions=@authsec/source', '--disable-warning=ExperimentalWarning']
const server = [...flags, `${root}packages/mcp/src/bin.ts`]
const config = ['--config', `${root}apps/mcp-crew/analyst-tools.json`]

type Env = Record<string, string>

interface Run {
  code: number | null
  stdout: string
  stderr: string
}

/** The demo with the environment that the test gives it, and nothing else. */
function demo(env: Env, args: string[] = []): Promise<Run> {
  const main = `${root}apps/mcp-crew/src/main.ts`
  const child = spawn(process.execPath, [...flags, main, ...args], {
    env: { PATH: process.env['PATH'], ...env },
  })
  const run = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      run[name] += chunk
    })
  }
  return new Promise((resolve) => {
    child.on('close', (code) => {
      watch('demo output', run.stdout)
      watch('demo log', run.stderr)
      expect(`${run.stdout}${run.stderr}`).not.toMatch(/\n\s+at .+[:(]/)
      resolve({ code, ...run })
    })
  })
}

const liveEnv = (emulator: { baseUrl: string; clientId: string }): Env => ({
  AUTHSEC_BASE_URL: emulator.baseUrl,
  AUTHSEC_AGENT_CLIENT_ID: emulator.clientId,
})

function expectStory(stdout: string): void {
  expect(stdout).toMatch(/→ list_vault_records/)
  expect(stdout).toMatch(/Token +tok_[0-9a-f]{8}/)
  expect(stdout).toMatch(/This week: 1284 failed logins/)
  expect(stdout).toMatch(/"rec-0006"\}: refused \(insufficient_scope\)/)
  expect(stdout).toMatch(/export_audit_log \{\}: refused \(permission_missing\)/)
  expect(stdout).toMatch(/✓ Done\./)
  expect(stdout).not.toMatch(/✗/)
}

describe.concurrent('the demo', () => {
  it('runs without configuration, over stdio', async () => {
    const { code, stdout, stderr } = await demo({})
    expect(stderr).toMatch(/\[AuthSec SDK\] \[Mode\] MOCK/)
    expect(stdout).toMatch(/Protocol +MCP 2026-07-28 over stdio/)
    expect(stdout).toMatch(/Mode +mock/)
    expectStory(stdout)
    expect(code).toBe(0)
  })

  it('runs live, over HTTP', async () => {
    await using emulator = await testEmulator()
    const { code, stdout, stderr } = await demo(liveEnv(emulator), ['--http'])
    expect(stdout).toMatch(/Protocol +MCP 2026-07-28 over http:\/\/127\.0\.0\.1:\d+\/mcp/)
    expect(stdout).toMatch(/Mode +live/)
    expect(stderr).not.toMatch(/mock/i)
    expectStory(stdout)
    expect(code).toBe(0)
  })

  it('accepts calls that a larger delegation allows', async () => {
    const permissions = ['metrics:read', 'records:read', 'records:restricted']
    await using emulator = await testEmulator({ permissions })
    const { code, stdout } = await demo(liveEnv(emulator))
    expect(stdout).toMatch(/get_vault_record: allowed, by records:restricted/)
    expect(stdout).toMatch(/export_audit_log \{\}: refused/)
    expect(code).toBe(0)
  })

  it('ends with the reason when the delegation lacks a permission', async () => {
    await using emulator = await testEmulator({ permissions: ['metrics:read'] })
    const { code, stdout } = await demo(liveEnv(emulator))
    expect(stdout).toMatch(/✗ list_vault_records: .+does not include the permission records:read/)
    expect(code).toBe(1)
  })

  it('ends with the reason when the delegation was revoked', async () => {
    await using emulator = await testEmulator()
    emulator.control.revoke()
    const { code, stdout } = await demo(liveEnv(emulator))
    expect(stdout).toMatch(/✗ There is no active delegation/)
    expect(stdout).not.toMatch(/failed logins/)
    expect(code).toBe(1)
  })

  it.each<[string, Env, string[], RegExp]>([
    ['half a server', { AUTHSEC_BASE_URL: 'https://a.test' }, [], /Set AUTHSEC_AGENT_CLIENT_ID/],
    ['an unknown option', {}, ['--nope'], /Try --help/],
  ])('ends with one sentence for %s', async (_what, env, args, remedy) => {
    const { code, stdout } = await demo(env, args)
    expect(stdout.match(/✗/g)).toHaveLength(1)
    expect(stdout).toMatch(remedy)
    expect(code).toBe(1)
  })
})

describe.concurrent('version 1 of the official client', () => {
  async function story(client: ToolClient): Promise<string> {
    let screen = ''
    const write = (text: string): void => {
      screen += text
    }
    const printer = createPrinter({ write, isTerminal: false, hasColors: false })
    expect(await runAnalyst(client, printer), screen).toBe(true)
    watch('analyst', screen)
    return screen
  }

  it('completes the story over stdio', async () => {
    const client = new Client({ name: 'crew-analyst', version: '1' })
    const env = { AUTHSEC_MODE: 'mock' }
    const args = [...server, ...config]
    await client.connect(
      new StdioClientTransport({ command: process.execPath, args, env, stderr: 'ignore' }),
    )
    expectStory(await story(client))
    await client.close()
  })

  it('completes the story over HTTP', async () => {
    const child = spawn(process.execPath, [...server, ...config, '--http', '0'], {
      env: { PATH: process.env['PATH'], AUTHSEC_MODE: 'mock' },
    })
    const url = await new Promise<string>((resolve) => {
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        const found = /Listening at (\S+)/.exec(chunk)?.[1]
        if (found) resolve(found)
      })
    })
    const client = new Client({ name: 'crew-analyst', version: '1' })
    const transport = new StreamableHTTPClientTransport(new URL(url))
    await client.connect(transport as Parameters<Client['connect']>[0])
    expectStory(await story(client))
    await client.close()
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })
})
