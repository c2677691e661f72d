import { join } from 'node:path'
import { expect, it } from 'vitest'
import { installedLicences, licences } from '../../../internal/release-checks/src/rules/licences.ts'

const home = join(import.meta.dirname, '..')

/** What the list of the repository for development tools does not have, and why it may be here. */
const EXCEPTIONS: readonly (readonly [problem: RegExp, reason: string])[] = [
  [
    /^@restatedev\/restate-server(-(linux|darwin)-(x64|arm64))? is used with the licence BSL,/,
    'a test starts it on this computer, and the example is published nowhere.',
  ],
  [
    /^@bufbuild\/protobuf is used with the licence \(Apache-2\.0 AND BSD-3-Clause\),/,
    'both licences are on the list.',
  ],
]

it('the example installs nothing beyond the licences of tools, but for the Restate server and what is named here', async () => {
  const rule = licences(async (root, shipped) => (shipped ? {} : installedLicences(root, false)))
  const problems = await rule({ root: home, scratch: '', packages: [], update: false })
  const reasonFor = (problem: string) => EXCEPTIONS.find(([text]) => text.test(problem))?.[1]
  for (const problem of problems) {
    const reason = reasonFor(problem)
    if (reason !== undefined) console.log(`${problem} Allowed: ${reason}`)
  }
  expect(problems.filter((problem) => reasonFor(problem) === undefined)).toEqual([])
  expect(problems.some((problem) => problem.startsWith('@restatedev/restate-server '))).toBe(true)
})
