import { describe, expect, it } from 'vitest'
import { type LicenceReport, licences } from '../src/rules/licences.ts'

const problemsOf = (licence: string): Promise<readonly string[]> => {
  const report = async (_root: string, shipped: boolean): Promise<LicenceReport> =>
    shipped ? {} : { [licence]: [{ name: 'a-tool' }] }
  const release = { root: '.', packages: [], packed: [] }
  return Promise.resolve(licences(report)(release as never))
}

describe('the licence of a tool', () => {
  it.each(['MIT', '(MIT OR WTFPL)', 'BSD-2-Clause OR MIT', '(GPL-3.0 OR Apache-2.0)'])(
    'may be %s',
    async (licence) => {
      expect(await problemsOf(licence)).toEqual([])
    },
  )

  it.each([
    'GPL-3.0',
    '(GPL-3.0 OR AGPL-3.0)',
    'MIT AND GPL-3.0',
    '(MIT AND GPL-3.0)',
    '(MIT OR GPL-3.0) AND AGPL-3.0',
    'Unknown',
  ])('may not be %s', async (licence) => {
    expect(await problemsOf(licence)).toEqual([expect.stringContaining(licence)])
  })
})
