import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errorCodes } from '@authsec/cli/error-codes'
import { errorCodes as core } from '@authsec/core/error-codes'
import { errorCodes as emulator } from '@authsec/emulator/error-codes'
import { errorCodes as llamaindex } from '@authsec/llamaindex/error-codes'
import { errorCodes as mcp } from '@authsec/mcp/error-codes'
import { errorCodes as verify } from '@authsec/verify/error-codes'
import { describe, expect, test } from 'vitest'
import { explanations } from '../src/commands/explanations.ts'
import { authsec } from './support/run.ts'

describe('authsec explain', () => {
  test('explains every code of the doctor', async () => {
    for (const [code, { meaning, cause, fix }] of Object.entries(errorCodes)) {
      const { code: exit, out } = await authsec(['explain', code])
      expect(exit).toBe(0)
      for (const text of [meaning, cause, fix]) expect(out).toContain(text)
    }
  })

  test('explains every code of the packages that have a table', async () => {
    const tables = [core, verify, emulator, mcp, llamaindex]
    const cwd = fileURLToPath(new URL('../', import.meta.url))
    for (const [code, { fix }] of tables.flatMap((table) => Object.entries(table))) {
      const { code: exit, out } = await authsec(['explain', code], { cwd })
      expect(exit, code).toBe(0)
      expect(out, code).toContain(fix)
    }
  })

  test.each(['base_url_path', 'BASE_URL_PATH', 'base-url-path', ' base_url_path '])(
    'takes %j for a code',
    async (code) => {
      const { out } = await authsec(['explain', code, '--json'])
      expect(JSON.parse(out)).toMatchObject([{ code: 'base_url_path', fix: expect.any(String) }])
    },
  )

  test.each(['base_url_pth', 'certificate_expird', 'clok_skew'])(
    'guesses what %j was meant to be',
    async (code) => {
      const { code: exit, err, out } = await authsec(['explain', code])
      expect({ exit, out }).toEqual({ exit: 1, out: '' })
      expect(err).toMatch(/Did you mean \w+\?/)
    },
  )

  test('lists the codes when it can guess none, and repeats no secret', async () => {
    const id = '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10'
    const { code, err } = await authsec(['explain', id])
    expect(code).toBe(1)
    expect(err).toContain('The codes are: ')
    expect(err.replaceAll('_', '-')).not.toContain(id)
  })

  test('tells a code of two packages twice, and once where they agree', async () => {
    const row = { meaning: 'M.', cause: 'C.', fix: 'F.' }
    const all = await explanations([
      ['a', async () => ({ timeout: row, only_a: row })],
      ['b', async () => ({ timeout: row })],
      ['c', async () => ({ timeout: { ...row, fix: 'Other.' } })],
    ])
    expect(all.filter(({ code }) => code === 'timeout').map(({ from }) => from)).toEqual([
      ['a', 'b'],
      ['c'],
    ])
  })

  test('tells the codes of packages that the project has installed, and skips what is no table', async () => {
    const project = mkdtempSync(join(tmpdir(), 'authsec-explain-'))
    const install = (name: string, code: string): void => {
      const folder = join(project, 'node_modules/@authsec', name)
      mkdirSync(folder, { recursive: true })
      const manifest = { name: `@authsec/${name}`, exports: { './error-codes': './codes.mjs' } }
      writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
      writeFileSync(join(folder, 'codes.mjs'), code)
    }
    const row = { meaning: 'Meaning.', cause: 'Cause.', fix: 'Fix.' }
    install('mcp', `export const errorCodes = { round_refused: ${JSON.stringify(row)} }`)
    install('mastra', 'export const errorCodes = { broken_row: { meaning: 1 } }')
    install('ai-sdk', 'throw new Error("no table")')
    const { code, out } = await authsec(['explain', 'round_refused', '--json'], { cwd: project })
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual([{ code: 'round_refused', from: ['@authsec/mcp'], ...row }])
    expect((await authsec(['explain', 'broken_row'], { cwd: project })).code).toBe(1)
    rmSync(project, { recursive: true })
  })
})
