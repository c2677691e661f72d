import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../src/command-line.ts'

const FORM = '.github/ISSUE_TEMPLATE/feature_request.yml'

it('the issue form for features offers every package', () => {
  const lines = readFileSync(join(root, FORM), 'utf8').split('options:\n')[1] ?? ''
  const offered = [...lines.matchAll(/^ {8}- (.+)$/gm)].map(([, option]) => option)
  const expected = [...readdirSync(join(root, 'packages')), 'another framework']
  const remedy = `List the folders of packages/ and "another framework" as options in ${FORM}.`
  expect(offered.sort(), remedy).toEqual(expected.sort())
})
