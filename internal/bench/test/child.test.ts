import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { startChild } from '../src/world/child.ts'

const folder = mkdtempSync(join(tmpdir(), 'bench-'))
afterAll(() => rmSync(folder, { recursive: true }))

const child = pathToFileURL(join(import.meta.dirname, '../src/world/child.ts')).href

function program(name: string, code: string): string {
  const file = join(folder, `${name}.ts`)
  writeFileSync(file, code)
  return pathToFileURL(file).href
}

describe('a process of the bench', () => {
  it('tells what it serves, and the CPU time of its own work', async () => {
    const code = `
      import { serveParent } from '${child}'
      serveParent({ port: 7 })
      const end = performance.now() + 100
      while (performance.now() < end);`
    await using busy = await startChild<{ port: number }>(program('busy', code))
    expect(busy.ready).toEqual({ port: 7 })
    expect(await busy.cpuUs()).toBeGreaterThan(50_000)
  })

  it.each([
    ['exits', 'process.exit(3)'],
    ['ends with nothing to do', 'export {}'],
    ['is killed', `process.kill(process.pid, 'SIGKILL')`],
  ])('that %s before it is ready is reported, not awaited', async (_, code) => {
    await expect(startChild(program('early', code))).rejects.toThrow('ended before it answered')
  })

  it.each([
    ['before', 'process.send(process.pid, () => process.exit())', true],
    ['while', 'process.send(process.pid)', false],
  ])('that ends %s it is closed does not keep its parent', async (_, code, isOver) => {
    const short = await startChild<number>(program('short', code))
    if (isOver) await vi.waitUntil(() => !isAlive(short.ready))
    await short[Symbol.asyncDispose]()
    expect(isAlive(short.ready)).toBe(false)
  })
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
