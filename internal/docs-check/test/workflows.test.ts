import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { actionProblems, unknownScripts, workflowProblems } from '../src/workflow-rules.ts'

const root = join(import.meta.dirname, '../../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const workflows = globSync('.github/workflows/*.{yml,yaml}', { cwd: root })
const actions = globSync('.github/actions/*/action.{yml,yaml}', { cwd: root })

describe('the workflows', () => {
  it('are found', () => {
    expect(workflows.length).toBeGreaterThanOrEqual(2)
    expect(actions.length).toBeGreaterThanOrEqual(1)
  })

  it.each(workflows)('%s keeps the rules', (path) => {
    expect(workflowProblems(read(path))).toEqual([])
  })

  it.each(actions)('%s keeps the rules', (path) => {
    expect(actionProblems(read(path))).toEqual([])
  })

  it.each([...workflows, ...actions])('%s runs scripts that the repository has', (path) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    expect(unknownScripts(read(path), Object.keys(scripts))).toEqual([])
  })
})

const sha = '0123456789abcdef0123456789abcdef01234567'
const good = `
on: [push]
permissions: {}
jobs:
  test:
    timeout-minutes: 5
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@${sha} # v1.2.3
        with:
          persist-credentials: false
      - uses: ./.github/actions/setup
      - run: pnpm test
`
const expression = (name: string): string => `\${{ ${name} }}`

describe('the rules', () => {
  it('have nothing against a good workflow', () => expect(workflowProblems(good)).toEqual([]))

  it.each([
    ['actions/checkout@v1 is not pinned by a commit', `@${sha}`, '@v1'],
    [`actions/checkout@${sha.slice(1)} is not pinned by a commit`, sha, sha.slice(1)],
    [`actions/checkout@${sha} does not say which version that is`, ' # v1.2.3', ''],
    [`actions/checkout@${sha} does not say which version that is`, '# v1.2.3', '# v1'],
    ['the workflow does not start from permissions: {}', 'permissions: {}\n', ''],
    ['the workflow does not start from permissions: {}', 'permissions: {}', 'permissions:'],
    ['the workflow does not start from permissions: {}', '{}', '{ contents: read }'],
    ['it runs on pull_request_target', '[push]', 'pull_request_target'],
    ['it runs on pull_request_target', '[push]', '[push, pull_request_target]'],
    ['it runs on pull_request_target', '[push]', '{ pull_request_target: }'],
    ['it uses a stored secret', 'pnpm test', `pnpm test # ${expression('secrets.NPM_TOKEN')}`],
    ['job test: no timeout-minutes', 'timeout-minutes: 5', 'name: Test'],
    ['job test: no permissions', 'permissions:\n      contents: read', 'name: Test'],
    [
      'job test: both id-token: write and contents: write',
      'contents: read',
      'contents: write\n      id-token: write',
    ],
    [
      'job test: pages: write in a job that runs code of the repository',
      'contents: read',
      'pages: write',
    ],
    [
      'job test: checkout leaves its token behind: persist-credentials is not false',
      'persist-credentials: false',
      'fetch-depth: 0',
    ],
    [
      `job test: an expression inside run, not in env: echo ${expression('github.head_ref')}`,
      'pnpm test',
      `echo ${expression('github.head_ref')}`,
    ],
  ])('notice: %s', (problem, part, replacement) => {
    expect(good).toContain(part)
    expect(workflowProblems(good.replace(part, () => replacement))).toEqual([problem])
  })

  it.each([
    ['a script', '- run: node build.js', false],
    [
      'a checkout',
      `- uses: actions/checkout@${sha} # v1.2.3\n        with: { persist-credentials: false }`,
      false,
    ],
    ['an action of its own', '- uses: ./.github/actions/setup', false],
    ['nothing but actions of others', `- uses: a/b@${sha} # v1.2.3`, true],
  ])('hold for a job that publishes pages and runs %s', (_what, step, isGood) => {
    const job = 'timeout-minutes: 5\n    permissions: { pages: write, id-token: write }\n    steps:'
    const text = `on: [push]\npermissions: {}\njobs:\n  publish:\n    ${job}\n      ${step}\n`
    const problem = 'job publish: pages: write in a job that runs code of the repository'
    expect(workflowProblems(text)).toEqual(isGood ? [] : [problem])
  })

  it('do not let a job hide behind "write-all"', () => {
    const text = good.replace('permissions:\n      contents: read', 'permissions: write-all')
    expect(() => workflowProblems(text)).toThrow(/permissions/)
  })

  it('are not kept by what cannot be read', () => {
    expect(() => workflowProblems(`${good}  broken`)).toThrow()
    expect(() => unknownScripts('a: [', [])).toThrow()
  })

  it('hold for composite actions, too', () => {
    const text = `runs: { steps: [{ uses: a/b@v1 }, { run: "${expression('inputs.a')}" }] }`
    expect(actionProblems(text)).toEqual([
      'a/b@v1 is not pinned by a commit',
      `an expression inside run, not in env: ${expression('inputs.a')}`,
    ])
  })

  it('find scripts that do not exist, in run and in script', () => {
    const text = 'a: [{ run: pnpm test }, { run: pnpm run a:b -x }, { script: pnpm c && pnpm d }]'
    expect(unknownScripts(text, ['test', 'c'])).toEqual(['a:b', 'd'])
    expect(unknownScripts('run: pnpm install --frozen-lockfile', [])).toEqual([])
  })
})
