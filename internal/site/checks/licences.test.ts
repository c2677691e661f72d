import { expect, it } from 'vitest'
import { installedLicences, licences } from '../../release-checks/src/rules/licences.ts'
import { home } from '../src/paths.ts'

/** What the list of the repository for development tools does not have, and why it may be here. */
const EXCEPTIONS: readonly (readonly [problem: RegExp, reason: string])[] = [
  [
    /^@iconify-json\/simple-icons is used with the licence CC0-1\.0,/,
    'it is in the public domain; the site shows one picture of it, the mark of GitHub.',
  ],
  [
    /^argparse is used with the licence Python-2\.0,/,
    'it requires no more than attribution, and is not part of the site.',
  ],
]

it('the site installs nothing beyond the licences of tools, but for what is named here', async () => {
  const rule = licences(async (_root, shipped) => (shipped ? {} : installedLicences(home, false)))
  const problems = await rule({ root: home, scratch: '', packages: [], update: false })
  const reasonFor = (problem: string) => EXCEPTIONS.find(([text]) => text.test(problem))?.[1]
  for (const problem of problems) {
    const reason = reasonFor(problem)
    if (reason !== undefined) console.log(`${problem} Allowed: ${reason}`)
  }
  expect(problems.filter((problem) => reasonFor(problem) === undefined)).toEqual([])
  expect(problems).toHaveLength(EXCEPTIONS.length)
})
