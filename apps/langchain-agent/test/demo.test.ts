import { describeDemo, liveEnv } from '@authsec-apps/demo-kit/test'
import {
  checkedRun,
  type ProgramRun,
  runProgram,
  startProgram,
  testEmulator,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'

const main = 'apps/langchain-agent/src/main.ts'
const demo = (env: Record<string, string>, args: string[] = []): Promise<ProgramRun> =>
  runProgram(main, args, env)

describeDemo(main, 'LangChain')

describe.concurrent('the demo and the emulator as a server', { timeout: 40_000 }, () => {
  it('runs live with the two lines that the emulator prints', async () => {
    const server = startProgram('packages/emulator/src/bin.ts', ['--port', '0'])
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
})

describe.concurrent('between the token and the call', { timeout: 40_000 }, () => {
  async function interrupted(
    happens: (emulator: Awaited<ReturnType<typeof testEmulator>>) => unknown,
  ): Promise<ProgramRun> {
    await using emulator = await testEmulator()
    const run = startProgram(main, ['--pause'], liveEnv(emulator))
    await run.saw('Press Enter')
    await happens(emulator)
    run.child.stdin.end('\n')
    return checkedRun(await run.ended)
  }

  it('the server stops: it says so, and nothing becomes mock', async () => {
    const { code, stdout, stderr } = await interrupted((emulator) => emulator.close())
    expect(stdout).toMatch(/✗ secure-vault cannot be reached \(ECONNREFUSED\)\./)
    expect(`${stdout}${stderr}`).not.toMatch(/mock|failed logins/i)
    expect(code).toBe(1)
  })

  it('the delegation is revoked: the token in hand is good until it expires, as on the server', async () => {
    const { code, stdout } = await interrupted((emulator) => emulator.control.revoke())
    expect(stdout).toMatch(/failed logins/)
    expect(code).toBe(0)
  })
})

describe.concurrent('bad input', { timeout: 40_000 }, () => {
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
    ['//evil.test/x', /is an absolute URL/],
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
