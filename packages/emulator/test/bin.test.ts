import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { sendRaw } from '../../../internal/test-kit/src/raw-socket.ts'
import { json, read } from './test-server.ts'

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url))
const running = new Set<ChildProcessWithoutNullStreams>()

interface Run {
  readonly child: ChildProcessWithoutNullStreams
  readonly output: { out: string; err: string }
  /** Exit code. */
  readonly ended: Promise<number>
}

/** The last argument may be an environment instead. */
function run(...given: (string | NodeJS.ProcessEnv)[]): Run {
  const args = given.filter((one) => typeof one === 'string')
  const env = given.find((one) => typeof one === 'object') ?? process.env
  const flags = ['--conditions=@authsec/source', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, bin, ...args], { env })
  running.add(child)
  const output = { out: '', err: '' }
  child.stdout.on('data', (data) => {
    output.out += String(data)
  })
  child.stderr.on('data', (data) => {
    output.err += String(data)
  })
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child)
    return Number(code)
  })
  return { child, output, ended }
}

/** Waits until the emulator listens. Returns its address and the client ID of the agent. */
async function started(
  ...args: (string | NodeJS.ProcessEnv)[]
): Promise<Run & { baseUrl: string; clientId: string }> {
  const emulator = run('--port', '0', ...args)
  await expect.poll(() => emulator.output.err, { timeout: 10_000 }).toMatch('Type help')
  const [, baseUrl = '', clientId = ''] =
    /^export AUTHSEC_BASE_URL=(\S+)\nexport AUTHSEC_AGENT_CLIENT_ID=(\S+)\n$/.exec(
      emulator.output.out,
    ) ?? []
  return { ...emulator, baseUrl, clientId }
}

async function type(emulator: Run, command: string, answer: string | RegExp): Promise<void> {
  emulator.child.stdin.write(`${command}\n`)
  await expect.poll(() => emulator.output.err).toMatch(answer)
}

afterEach(() => {
  for (const child of running) child.kill()
})

describe('the bin', () => {
  test('prints exactly two export lines, serves requests, runs commands and quits', async () => {
    const emulator = await started('--cloud-exchange', 'token')
    const pull = (): Promise<Response> =>
      fetch(`${emulator.baseUrl}/authsec/uflow/sdk/delegation-token?client_id=${emulator.clientId}`)
    expect((await pull()).status).toBe(200)
    await type(emulator, 'revoke', 'Revoked')
    expect((await pull()).status).toBe(404)
    await type(emulator, 'delegate metrics:read', 'Delegated again with metrics:read')
    expect((await read(pull())).body['permissions']).toEqual(['metrics:read'])
    await type(emulator, 'requests', '3 requests so far')
    await type(emulator, 'approvals', 'There are no approval requests.')
    await type(emulator, 'approve', 'No approval request is pending')
    const initiate = `${emulator.baseUrl}/authsec/uflow/auth/ciba/initiate`
    const hint = { login_hint: 'approver@example.com', binding_message: 'Export \u001b[2J 7' }
    const { body } = await read(fetch(initiate, json(hint)))
    const id = String(body['auth_req_id']).slice(0, 8)
    await type(emulator, 'approvals', `${id}  pending   approver@example.com  Export ?[2J 7`)
    await type(emulator, `approve ${id}`, 'Approved.')
    await type(emulator, 'deny', /is pending\. Look.*\n.*is pending\. Look.*\n/s)
    await type(emulator, 'credentials', /CIBA client ID +[\da-f-]{36}\n[\s\S]*admin session +ey/)
    await type(emulator, 'credentials nodevice@example.com', /user session +ey/)
    await type(emulator, 'credentials nobody@example.com', 'The emulator has no such user.')
    await type(emulator, 'what', 'Commands: delegate')
    emulator.child.stdin.write('quit\n')
    expect(await emulator.ended).toBe(0)
    expect(emulator.output.out.split('\n')).toHaveLength(3)
  })

  test('serves the console and prints its address, and not with --no-console', async () => {
    const [shown, hidden] = [await started(), await started('--no-console')]
    const address = /^Console, .*: (http:\S+)$/m.exec(shown.output.err)?.[1] ?? ''
    expect(address).toBe(`${shown.baseUrl}/`)
    expect(await (await fetch(address)).text()).toContain('<h1>AuthSec emulator</h1>')
    expect(hidden.output.err).not.toContain('Console')
    expect((await fetch(`${hidden.baseUrl}/`)).status).toBe(404)
  })

  test.skipIf(process.platform !== 'linux')(
    'opens the console with --open by the opener of the platform, or says that it cannot',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'opener-'))
      const opened = join(folder, 'opened')
      writeFileSync(join(folder, 'xdg-open'), `#!/bin/sh\necho "$@" > ${opened}\n`, { mode: 0o755 })
      const emulator = await started('--open', { PATH: `${folder}:/bin:/usr/bin` })
      await expect
        .poll(() => existsSync(opened) && readFileSync(opened, 'utf8'))
        .toBe(`${emulator.baseUrl}/\n`)
      expect(emulator.output.err).not.toContain('No browser')
      const without = await started('--open', { PATH: join(folder, 'nothing') })
      await expect.poll(() => without.output.err).toContain('No browser could be opened.')
      expect((await fetch(without.baseUrl)).status).toBe(200)
      rmSync(folder, { recursive: true })
    },
  )

  test('accepts a profile, and approves at once with --approvals approve', async () => {
    const emulator = await started('--profile', 'workspace', '--approvals', 'approve')
    const post = (call: string, body: object): ReturnType<typeof read> =>
      read(fetch(`${emulator.baseUrl}/authsec/uflow/auth/ciba/${call}`, json(body)))
    const client_id = emulator.clientId
    const asked = await post('initiate', { login_hint: 'approver@example.com', client_id })
    const { auth_req_id } = asked.body
    expect((await post('token', { auth_req_id, client_id })).body).toHaveProperty('access_token')
    emulator.child.kill('SIGTERM')
    expect(await emulator.ended).toBe(0)
  })

  test('accepts the hosts of --allow-host besides loopback names, and no other', async () => {
    const emulator = await started('--allow-host', 'authsec:8080', '--allow-host', 'ci.test')
    const statusFor = async (host: string): Promise<number> => {
      const lines = ['GET /x HTTP/1.1', `Host: ${host}`, 'Connection: close']
      return (await sendRaw(emulator.baseUrl, lines)).status
    }
    const hosts = ['authsec:8080', 'ci.test:1', new URL(emulator.baseUrl).host, 'authsec:1']
    expect(await Promise.all(hosts.map(statusFor))).toEqual([404, 404, 404, 403])
  })

  test('prints one line when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const { ended, output } = run('--port', port)
    expect(await ended).toBe(1)
    expect(output.err).toMatch(/^authsec-emulator: The port is taken\.[^\n]*\n$/)
    expect(output.out).toBe('')
    other.close()
  })

  test.each([
    ['--port http', '--port must be a whole number from 0 to 65535, not this text. Set --port to'],
    ['--port', '--port has no value. Put a value after --port.'],
    [
      '--ttl 86401',
      '--ttl must be a whole number of seconds from 1 to 86400, not this number. Set',
    ],
    [
      '--profile next',
      "--profile has an unknown value. Set --profile to one of '2026-04', 'workspace'.",
    ],
    ['--allow-host', '--allow-host has no value. Put a value after --allow-host.'],
    [
      '--allow-host a.test --allow-host http://b.test',
      'allowedHosts[1] must be a host name with or without a port, not this text. Set',
    ],
    ['--nonsense', 'Unknown option "--nonsense" in the command line. The options of'],
    [
      '--prot 1',
      'Unknown option "--prot" in the command line; did you mean "--port"? The options of',
    ],
    ['--vault-envelope=yes', '--vault-envelope must be true or false, not this text. Set'],
    ['start', 'The command line has an argument that is not an option. Start each option with --'],
  ])('rejects %j with one line that has a hint and no stack', async (args, line) => {
    const { ended, output } = run(...args.split(' '))
    expect(await ended).toBe(1)
    expect(output.err.startsWith(`authsec-emulator: ${line}`), output.err).toBe(true)
    expect(output.err.trimEnd()).not.toMatch('\n')
    expect(output.out).toBe('')
  })

  test('prints its help and its version', async () => {
    const [help, version] = [run('--help'), run('--version')]
    expect([await help.ended, await version.ended]).toEqual([0, 0])
    expect(help.output.out).toMatch(/--profile NAME[\s\S]*--cloud-exchange MODE/)
    expect(version.output.out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
