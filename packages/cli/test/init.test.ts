import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { watch } from '@authsec-internal/test-kit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { templates } from '../src/init/templates.ts'
import { authsec } from './support/run.ts'

const modules = fileURLToPath(new URL('../node_modules/', import.meta.url))
let folder = ''
beforeEach(() => {
  // Below the package whose dependencies a generated agent finds.
  folder = mkdtempSync(join(modules, '.init-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Runs the agent from source, with nothing set. */
function runAgent(): { code: number | null; out: string; err: string } {
  const flags = ['--conditions=@authsec/source', '--disable-warning=ExperimentalWarning']
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, 'agent.mjs'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
    timeout: 60_000,
  })
  watch('output of an agent', stdout + stderr)
  return { code: status, out: stdout, err: stderr }
}

describe('authsec init', () => {
  test.each(Object.keys(templates))(
    'writes an agent for %s that runs at once, in mock mode',
    async (framework) => {
      const { code, out } = await authsec(['init', '--framework', framework], { cwd: folder })
      expect(code).toBe(0)
      expect(out).toContain(
        `npm install ${templates[framework as keyof typeof templates].packages.join(' ')}`,
      )
      expect(out).toContain('node agent.mjs')
      expect(readdirSync(folder).sort()).toEqual(['.env.example', 'agent.mjs'])
      const lines = readFileSync(join(folder, 'agent.mjs'), 'utf8').trim().split('\n')
      expect(lines.length).toBeLessThanOrEqual(17)
      const agent = runAgent()
      expect(agent.code, agent.err).toBe(0)
      expect(agent.out).toMatch(/static_keys_found|rec-0001/)
      expect(agent.err).not.toMatch(/\n\s+at /)
    },
  )

  test('writes nothing when one of the files exists, and says which', async () => {
    writeFileSync(join(folder, '.env.example'), 'mine')
    const { code, out, err } = await authsec(['init', '--yes'], { cwd: folder })
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('.env.example exists already. Nothing was written.')
    expect(readdirSync(folder)).toEqual(['.env.example'])
    expect(readFileSync(join(folder, '.env.example'), 'utf8')).toBe('mine')
    writeFileSync(join(folder, 'agent.mjs'), 'mine too')
    const both = await authsec(['init', '--yes', '--json'], { cwd: folder })
    expect(JSON.parse(both.out).error).toMatchObject({ code: 'file_exists' })
    expect(both.code).toBe(1)
  })

  test('does not write through a link that leads nowhere', async () => {
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'agent.mjs'))
    const { code, err } = await authsec(['init', '--yes'], { cwd: folder })
    expect(code).toBe(1)
    expect(err).toContain('cannot be written')
    expect(readdirSync(folder)).toEqual(['agent.mjs'])
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false)
  })

  test('makes the directory of --dir, and says that it has to be entered', async () => {
    const { code, out } = await authsec(['init', '--yes', '--dir', 'a/b'], { cwd: folder })
    expect(code).toBe(0)
    expect(out).toContain('cd a/b')
    expect(readdirSync(join(folder, 'a/b')).sort()).toEqual(['.env.example', 'agent.mjs'])
    mkdirSync(join(folder, 'c'))
    writeFileSync(join(folder, 'file'), '')
    const inside = await authsec(['init', '--yes', '--dir', 'file/x'], { cwd: folder })
    expect(inside.code).toBe(1)
    expect(inside.err).toContain('--dir')
  })

  test.each([
    ['', 'langchain'],
    ['2', 'ai-sdk'],
    ['mastra', 'mastra'],
    [' none ', 'none'],
  ])('asks at a terminal, and takes %j for %s', async (answer, framework) => {
    const options = { cwd: folder, isTerminal: true, answers: [answer] }
    const { code, out } = await authsec(['init', '--json'], options)
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ framework, run: 'node agent.mjs' })
  })

  test.each([
    [['init'], undefined, '--framework'],
    [['init', '--framework', 'express'], undefined, 'Allowed choices'],
    [['init'], ['9'], 'no such framework'],
    [['init'], ['angular'], 'no such framework'],
  ])('refuses %j with the answers %j', async (args, answers, sentence) => {
    const options = { cwd: folder, ...(answers && { answers }) }
    const { code, err } = await authsec(args, options)
    expect(code).toBe(2)
    expect(err).toContain(sentence)
    expect(readdirSync(folder)).toEqual([])
  })

  test('writes an example of variables, all of them blank', async () => {
    await authsec(['init', '--yes'], { cwd: folder })
    const text = readFileSync(join(folder, '.env.example'), 'utf8')
    const set = text.split('\n').filter((line) => /^[A-Z]/.test(line))
    expect(set.length).toBeGreaterThan(2)
    for (const line of set) expect(line).toMatch(/^[A-Z_]+=$/)
  })
})
