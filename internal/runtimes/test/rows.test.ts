import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MissingError } from '../src/missing-error.ts'
import { runProcess, startServer } from '../src/processes.ts'
import type { Place, Report } from '../src/report.ts'
import { LoadError, reportOf, rowOfRuntime } from '../src/rows.ts'
import type { Row } from '../src/table.ts'

const done: Report = {
  'mock call': { ok: true },
  'live call': { ok: true },
  approval: { ok: true },
  verify: { ok: true },
}

/** A project with nothing in it but this emulator, from its sources. */
let project: string
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'authsec-runtimes-'))
  const dist = join(project, 'node_modules/@authsec/emulator/dist')
  mkdirSync(dist, { recursive: true })
  writeFileSync(join(dist, '../package.json'), '{ "type": "module" }')
  const source = new URL('../../../packages/emulator/src/index.ts', import.meta.url)
  writeFileSync(join(dist, 'index.js'), `export { startEmulator } from '${source.href}'\n`)
})
afterAll(() => rmSync(project, { recursive: true, force: true }))

const rowOf = (run: (cwd: string, place: Place) => Promise<Report>): Promise<Row> =>
  rowOfRuntime({ title: 'Test', run }, project)

describe('the row of a runtime', () => {
  it('is failed where the program reports success and the emulator saw nothing', async () => {
    const { cells } = await rowOf(async () => done)
    expect(cells.import.result).toBe('ok')
    expect(cells['mock call'].result).toBe('ok')
    for (const column of ['live call', 'approval', 'verify'] as const) {
      expect(cells[column]).toMatchObject({
        result: 'failed',
        error: expect.stringContaining('saw'),
      })
    }
  })

  it('is refused for a ConfigError alone', async () => {
    const { cells } = await rowOf(async () => ({
      ...done,
      'live call': { ok: false, isRefusal: true, error: 'no sockets' },
      verify: { ok: false, isRefusal: false, error: 'boom' },
    }))
    expect(cells['live call']).toEqual({ result: 'refused', sentence: 'no sockets' })
    expect(cells.verify).toEqual({ result: 'failed', error: 'boom' })
  })

  it.each([
    ['skipped', new MissingError('bun is not installed')],
    ['failed', new LoadError('No such module "node:crypto"')],
    ['failed', new Error('A browser must not hold a delegation')],
    ['refused', new LoadError('\nError: A browser must not hold a delegation.\n')],
  ] as const)('is %s as a whole for %s', async (result, error) => {
    const { cells } = await rowOf(() => Promise.reject(error))
    expect(Object.values(cells).map((cell) => cell.result)).toEqual(Array(5).fill(result))
  })

  it('is failed when it does not come to an end', async () => {
    const run = (): Promise<Report> => new Promise(() => undefined)
    const { cells } = await rowOfRuntime({ title: 'Test', run }, project, 50)
    expect(cells.verify).toEqual({ result: 'failed', error: 'It took longer than 0.05 s.' })
  })

  it('shortens an error that quotes a bundle', async () => {
    const { cells } = await rowOf(() => Promise.reject(new LoadError('x'.repeat(100_000))))
    expect(JSON.stringify(cells.import).length).toBeLessThan(500)
  })
})

describe('a program', () => {
  const place = { baseUrl: 'a', vaultUrl: 'b', clientId: 'c', tenantId: 'd' }
  const run = (code: string, timeoutMs = 20_000): Promise<Report> =>
    reportOf(process.execPath, ['-e', code], { cwd: project, place, timeoutMs })

  it('gets the place, and its report is read among what else it prints', async () => {
    const code = `console.log('first'); if (JSON.parse(process.env.AUTHSEC_PLACE).clientId === 'c') console.log('AUTHSEC ' + ${JSON.stringify(JSON.stringify(done))})`
    expect(await run(code)).toEqual(done)
  })

  it('that reports nothing, or not about each step, fails', async () => {
    await expect(run('')).rejects.toThrow(LoadError)
    await expect(run("throw new Error('here')")).rejects.toThrow('here')
    await expect(run(`console.log('AUTHSEC {}')`)).rejects.toThrow('nothing about mock call')
  })

  it('that hangs is ended with what it started', async () => {
    const server = `require('http').createServer((_, answer) => answer.end()).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`
    const stdio = `{ stdio: ['ignore', 'inherit', 'ignore'] }`
    const code = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(server)}], ${stdio}); setInterval(() => {}, 1e3)`
    const options = { cwd: project, timeoutMs: 3_000 }
    const { code: exitCode, stdout } = await runProcess(process.execPath, ['-e', code], options)
    expect(exitCode).toBeNull()
    expect(stdout).toMatch(/^\d+\n$/)
    await expect(fetch(`http://127.0.0.1:${stdout.trim()}/`)).rejects.toThrow()
  })

  it('that should serve and ends says what it printed', async () => {
    const options = { cwd: project, timeoutMs: 20_000, url: 'http://127.0.0.1:9/' }
    const server = startServer(process.execPath, ['-e', "console.log('no app')"], options)
    await expect(server).rejects.toThrow('no app')
  })
})
