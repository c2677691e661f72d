import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const home = join(import.meta.dirname, '..')
const tsc = join(home, '../../node_modules/@typescript/native/bin/tsc')
const page = readFileSync(join(home, 'docs/other-engines.md'), 'utf8')

/** The blocks of TypeScript by the name of their file, which their first line says. */
const files = new Map(
  [...page.matchAll(/^```ts\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)].map(([, name = '', code = '']) => [
    name,
    code,
  ]),
)

/** What the compiler says about the files, as if they were saved in a folder beside `src`. */
async function compile(sources: ReadonlyMap<string, string>): Promise<string> {
  // Inside node_modules, so that nothing else looks at it, and the engines are found.
  const root = join(home, 'node_modules/.documented')
  rmSync(root, { recursive: true, force: true })
  mkdirSync(join(root, 'docs'), { recursive: true })
  symlinkSync(join(home, 'src'), join(root, 'src'), 'junction')
  for (const [name, code] of sources) writeFileSync(join(root, 'docs', name), code)
  const config = { extends: '../../../../tsconfig.base.json', include: ['docs'] }
  writeFileSync(join(root, 'tsconfig.json'), JSON.stringify(config))
  try {
    await promisify(execFile)(process.execPath, [tsc, '--pretty', 'false'], { cwd: root })
    return ''
  } catch (error) {
    return String(Reflect.get(Object(error), 'stdout') || error)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

describe('the page about other engines', () => {
  it('has code for Temporal, Inngest, BullMQ and LangGraph that compiles with their types', async () => {
    expect([...files.keys()].map((name) => name.split(/[-.]/)[0])).toEqual([
      ...['temporal', 'temporal', 'temporal', 'inngest', 'bullmq', 'langgraph'],
    ])
    expect(files.size).toBe([...page.matchAll(/^```/gm)].length / 2)
    expect(await compile(files)).toBe('')
  })

  it('would not pass with an option that an engine does not have', async () => {
    const [name, code] = ['bullmq.ts', files.get('bullmq.ts') ?? '']
    expect(await compile(new Map([[name, code.replace('attempts:', 'tries:')]]))).toMatch(/TS2/)
  })
})
