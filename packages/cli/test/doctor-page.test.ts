import { readdirSync, readFileSync } from 'node:fs'
import { doctorCodes, errorCodes } from '@authsec/cli/error-codes'
import { describe, expect, test } from 'vitest'
import { severities } from '../src/doctor/codes.ts'
import { doctorPage } from '../src/doctor/page.ts'

const tests = new URL('./', import.meta.url)

describe('The table of codes', () => {
  test('is the page of the documentation: `vitest -u` writes it', async () => {
    await expect(doctorPage()).toMatchFileSnapshot('../../../docs/doctor.md')
  })

  test('has whole sentences, and a remedy in each row', () => {
    for (const [code, { meaning, cause, fix }] of Object.entries(errorCodes)) {
      expect(code).toMatch(/^[a-z][a-z\d_]+$/)
      expect(meaning).toMatch(/^[A-Z].{10,100}\.$/)
      expect(cause).toMatch(/^[A-Z`].{10,200}\.$/)
      expect(fix.length).toBeGreaterThan(10)
    }
    expect(Object.keys(severities)).toEqual(Object.keys(doctorCodes))
  })

  test('has no code that no test plants', () => {
    const text = readdirSync(tests)
      .filter((name) => /^doctor-(?!page).*\.test\.ts$/.test(name))
      .map((name) => readFileSync(new URL(name, tests), 'utf8'))
      .join('\n')
    const unplanted = Object.keys(doctorCodes).filter((code) => !text.includes(code))
    expect(unplanted).toEqual([])
  })
})
