import { errorCodes } from '@authsec/cli/error-codes'
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
})
