import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { testEmulator, watch } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const flags = ['--conditions=@authsec/source', '--disable-warning=ExperimentalWarning']

interface Run {
  code: number | null
  stdout: string
  stderr: string
}

interface Running {
  child: ChildProcessWithoutNullStreams
  /** Resolves when standard output or error holds the text. */
  saw(text: string): Promise<void>
  ended: Promise<Run>
  output: { stdout: string; stderr: string }
}

/** A Node process with nothing in its environment but what the test says. */
function start(script: string, args: string[], env: Record<string, string>): Running {
  const child = spawn(process.execPath, [...flags, `${root}${script}`, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
  })
  const output = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk
      for (const listener of listeners) listener()
    })
  }
  const ended = new Promise<Run>((resolve) => {
    child.on('close', (code) => resolve({ code, ...output }))
  })
  const saw = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (`${output.stdout}${output.stderr}`.includes(text)) resolve()
      }
      listeners.add(look)
      look()
      void ended.then((run) =>
        reject(new Error(`It ended without "${text}": ${run.stdout}${run.stderr}`)),
      )
    })
  return { child, saw, ended, output }
}

async function demo(env: Record<string, string>, args: string[] = []): Promise<Run> {
  const { child, ended } = start('apps/langchain-agent/src/main.ts', args, env)
  child.stdin.end()
  return checked(await ended)
}

/** Whatever a demo prints: no secret, no stack trace. */
function checked(run: Run): Run {
  watch('demo output', run.stdout)
  watch('demo log', run.stderr)
  expect(`${run.stdout}${run.stderr}`).not.toMatch(/\n\s+at .+[:(]/)
  return run
}

const liveEnv = (emulator: { baseUrl: string; clientId: string }): Record<string, string> => ({
  AUTHSEC_BASE_URL: emulator.baseUrl,
  AUTHSEC_AGENT_CLIENT_ID: emulator.clientId,
})

describe.concurrent('the demo', () => {
  it('runs with nothing configured and shows what a person wants to see', async () => {
    const { code, stdout, stderr } = await demo({})
    expect(stderr).toMatch(/\[AuthSec SDK\] \[Mode\] MOCK/)
    expect(stdout).toMatch(/Mode +mock/)
    expect(stdout).toMatch(/Token +tok_[0-9a-f]{8}/)
    expect(stdout).toMatch(/Permissions +metrics:read, records:read/)
    expect(stdout).toMatch(/Expires +\d{4}-\d\d-\d\dT/)
    expect(stdout).toMatch(/Model +scripted/)
    expect(stderr).toMatch(/GET secure-vault metrics: HTTP 200 \(\d+ ms\)/)
    expect(stdout).toMatch(/failed logins/)
    expect(code).toBe(0)
  })

  it('explains itself', async () => {
    const { code, stdout } = await demo({}, ['--help'])
    expect(stdout).toMatch(/--api URL --endpoint PATH/)
    expect(code).toBe(0)
  })

  it('runs live with the two lines that the emulator prints', async () => {
    const server = start('packages/emulator/src/bin.ts', ['--port', '0'], {})
    await server.saw('AUTHSEC_AGENT_CLIENT_ID=')
    expect(server.output.stdout).toMatch(
      /^export AUTHSEC_BASE_URL=http:\/\/127\.0\.0\.1:\d+\nexport AUTHSEC_AGENT_CLIENT_ID=[0-9a-f-]{36}\n$/,
    )
    const lines = server.output.stdout.trim().split('\n')
    const pasted = Object.fromEntries(lines.map((line) => line.replace('export ', '').split('=')))
    const { code, stdout, stderr } = await demo(pasted)
    expect(stderr).toMatch(/\[Mode\] LIVE/)
    expect(stdout).toMatch(/failed logins/)
    expect(code).toBe(0)

    server.child.stdin.write('revoke\n')
    await server.saw('Revoked')
    const afterwards = await demo(pasted)
    expect(afterwards.stdout).toMatch(/There is no active delegation/)
    expect(afterwards.code).toBe(1)
    server.child.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)
  })

  it('reads an endpoint of another API', async () => {
    await using emulator = await testEmulator()
    const args = ['--api', emulator.vaultUrl, '--endpoint', 'metrics']
    const { code, stdout } = await demo(liveEnv(emulator), args)
    expect(stdout).toMatch(/metrics returned an object with the fields period, failed_logins/)
    expect(code).toBe(0)
  })

  it('ends clearly when the token lacks a permission', async () => {
    await using emulator = await testEmulator({ permissions: ['metrics:read'] })
    const { code, stdout } = await demo(liveEnv(emulator))
    expect(stdout).toMatch(
      /✗ The agent's delegation does not include the permission records:read\./,
    )
    expect(stdout).toMatch(/failed logins/)
    expect(code).toBe(1)
  })

  it('ends clearly when the delegation was revoked', async () => {
    await using emulator = await testEmulator()
    emulator.control.revoke()
    const { code, stdout } = await demo(liveEnv(emulator))
    expect(stdout).toMatch(/✗ There is no active delegation/)
    expect(stdout).toMatch(/What to do +Ask the AuthSec administrator/)
    expect(code).toBe(1)
  })
})

describe.concurrent('between the token and the call', () => {
  async function interrupted(
    happens: (emulator: Awaited<ReturnType<typeof testEmulator>>) => unknown,
  ): Promise<Run> {
    await using emulator = await testEmulator()
    const run = start('apps/langchain-agent/src/main.ts', ['--pause'], liveEnv(emulator))
    await run.saw('Press Enter')
    await happens(emulator)
    run.child.stdin.end('\n')
    return checked(await run.ended)
  }

  it('the server stops: it says so, and nothing becomes mock', async () => {
    const { code, stdout, stderr } = await interrupted((emulator) => emulator.close())
    expect(stdout).toMatch(/✗ secure-vault cannot be reached\./)
    expect(`${stdout}${stderr}`).not.toMatch(/mock|failed logins/i)
    expect(code).toBe(1)
  })

  it('the delegation expires: it says so', async () => {
    const { code, stdout } = await interrupted((emulator) => emulator.control.expire())
    expect(stdout).toMatch(/✗ The delegation of this agent has expired\./)
    expect(stdout).not.toMatch(/mock|failed logins/i)
    expect(code).toBe(1)
  })

  it('the delegation is revoked: the token in hand is good until it expires, as on the server', async () => {
    const { code, stdout } = await interrupted((emulator) => emulator.control.revoke())
    expect(stdout).toMatch(/failed logins/)
    expect(code).toBe(0)
  })
})

describe.concurrent('bad input', () => {
  const ID = 'a594430b-2bd4-4792-9666-63162ee858c5'
  const there = { AUTHSEC_BASE_URL: 'https://auth.example.com', AUTHSEC_AGENT_CLIENT_ID: ID }

  it.each<[string, Record<string, string>, string[], RegExp]>([
    [
      'no variables in live mode',
      { AUTHSEC_MODE: 'live' },
      [],
      /Set AUTHSEC_BASE_URL and AUTHSEC_AGENT_CLIENT_ID/,
    ],
    ['no variables in production', { NODE_ENV: 'production' }, [], /AUTHSEC_BASE_URL/],
    [
      'one of two variables',
      { AUTHSEC_BASE_URL: 'https://auth.example.com' },
      [],
      /Set AUTHSEC_AGENT_CLIENT_ID/,
    ],
    ['a malformed UUID', { ...there, AUTHSEC_AGENT_CLIENT_ID: 'xyz' }, [], /not a UUID/],
    [
      'http to another host',
      { ...there, AUTHSEC_BASE_URL: 'http://auth.example.com' },
      [],
      /https:\/\//,
    ],
    ['an unknown mode', { AUTHSEC_MODE: 'demo' }, [], /live, mock or auto/],
    ['an unknown option', {}, ['--nope'], /--help/],
    ['an endpoint without its API', {}, ['--endpoint', 'x'], /go together/],
    [
      'an API of one’s own in mock mode',
      {},
      ['--api', 'https://a.test', '--endpoint', 'x'],
      /AUTHSEC_BASE_URL/,
    ],
    ['an API over http', there, ['--api', 'http://a.test', '--endpoint', 'x'], /https/],
  ])('%s gives one sentence and its remedy', async (_what, env, args, remedy) => {
    const { code, stdout } = await demo(env, args)
    expect(stdout).toMatch(/✗ /)
    expect(stdout).toMatch(remedy)
    expect(stdout.match(/✗/g)).toHaveLength(1)
    expect(code).toBe(1)
  })

  it.each([
    ['nothing-here', /The API has nothing at this endpoint/],
    ['//evil.test/x', /names a place of its own/],
    ['../authsec/uflow', /dot segment/],
  ])('the endpoint %s gives one sentence', async (endpoint, words) => {
    await using emulator = await testEmulator()
    const { code, stdout } = await demo(liveEnv(emulator), [
      '--api',
      emulator.vaultUrl,
      '--endpoint',
      endpoint,
    ])
    expect(stdout).toMatch(words)
    expect(stdout.match(/✗/g)).toHaveLength(1)
    expect(code).toBe(1)
  })
})
