import { connect } from 'node:net'
import { checkedRun, runProgram, startProgram, testEmulator } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { findConsole } from '../src/find-console.ts'

const main = 'apps/ai-sdk-chat/src/main.ts'

const isFree = (port: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => resolve(false))
    socket.on('error', () => resolve(true))
    socket.on('connect', () => socket.destroy())
  })

/** The addresses that the program printed, by their name. */
const addressOf = (stdout: string, name: string): string =>
  new RegExp(`${name} +(http://127\\.0\\.0\\.1:\\d+/\\S*)`).exec(stdout)?.[1] ?? ''

describe.concurrent('the demo of the chat', { timeout: 40_000 }, () => {
  it('prints three addresses, and Ctrl-C ends it and frees its ports', async () => {
    const run = startProgram(main, [], { OPENAI_API_KEY: '' })
    await run.saw('Ctrl-C ends')
    const { stdout } = run.output
    const [chat, console, api] = ['Chat', 'Console', 'API'].map((name) => addressOf(stdout, name))
    const page = await fetch(chat ?? '')
    const html = await page.text()
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=/)
    const script = / src="\/(assets\/[^"]+)"/.exec(html)?.[1] ?? ''
    expect((await fetch((chat ?? '') + script)).headers.get('content-type')).toMatch(/javascript/)
    expect(await (await fetch(console ?? '')).text()).toContain('AuthSec emulator')
    expect((await fetch(`${api}records`)).status).toBe(401)
    const [cookie = ''] = page.headers.getSetCookie()
    // A tab that stays open does not keep the program.
    const events = await fetch(`${chat}api/events`, { headers: { cookie } })
    run.child.kill('SIGINT')
    const { code, stdout: all, stderr } = checkedRun(await run.ended)
    await events.text().catch(() => undefined)
    expect(stderr).toMatch(/\[Mode\] MOCK/)
    expect([code, all]).toEqual([0, expect.stringContaining('✓ Stopped.')])
    const ports = [chat, console].map((address) => new URL(address ?? '').port)
    expect(await Promise.all(ports.map(isFree))).toEqual([true, true])
  })

  it('runs live, and SIGTERM ends it', async () => {
    await using emulator = await testEmulator({ console: true })
    const { baseUrl, clientId } = emulator
    const env = { AUTHSEC_BASE_URL: baseUrl, AUTHSEC_AGENT_CLIENT_ID: clientId }
    const run = startProgram(main, [], env)
    await run.saw('Ctrl-C ends')
    run.child.kill('SIGTERM')
    const { code, stdout, stderr } = checkedRun(await run.ended)
    expect(stderr).toMatch(/\[Mode\] LIVE/)
    expect(stdout).toMatch(/Mode +live/)
    expect(addressOf(stdout, 'Console')).toBe(`${baseUrl}/`)
    expect(addressOf(stdout, 'API')).toBe(`${baseUrl}/secure-vault/`)
    expect(code).toBe(0)
  })

  it('explains itself, and what was wrong with how it was called', async () => {
    const help = await runProgram(main, ['--help'])
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining('AUTHSEC_APPROVER')])
    const wrong = await runProgram(main, ['--port'])
    expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringMatching(/✗ .*--port.*Try --help/)])
  })
})

describe('the console of a live server', () => {
  it('is found at an emulator of this computer alone', async () => {
    await using emulator = await testEmulator({ console: true })
    await using bare = await testEmulator()
    expect(await findConsole(`${emulator.baseUrl}/any/path`)).toBe(`${emulator.baseUrl}/`)
    const { port } = new URL(emulator.baseUrl)
    for (const address of [
      ...[bare.baseUrl, 'http://127.0.0.1:1', 'no address', undefined],
      // Nobody is asked there.
      ...[`http://evil.test:${port}`, 'https://auth.example.com'],
    ]) {
      expect(await findConsole(address)).toBeUndefined()
    }
  })
})
