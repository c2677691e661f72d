import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { HELP, readCommandLine } from '../src/command-line.ts'
import { emulatorChecks } from '../src/options.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

interface Row {
  readonly options: readonly string[]
  readonly flags: readonly string[]
}

/** The table of options in the README: the names in its first two columns. */
function tableRows(): Row[] {
  const [, section = ''] = readme.split('\n## Options\n')
  const lines = section.split('\n## ')[0]?.split('\n') ?? []
  const names = (cell = ''): string[] =>
    [...cell.matchAll(/`(--)?([\w-]+)[^`]*`/g)].map(([, dashes = '', name]) => dashes + name)
  return lines
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|'))
    .map(([, options, flags]) => ({ options: names(options), flags: names(flags) }))
}

const UUID = '00000000-0000-4000-8000-000000000001'
/** A value of each flag that takes one, and what the option becomes. */
const values: Readonly<Record<string, readonly [string, unknown]>> = {
  '--port': ['0', 0],
  '--allow-host': ['a.test:80', ['a.test:80']],
  '--client-id': [UUID, UUID],
  '--tenant-id': [UUID, UUID],
  '--ciba-client-id': [UUID, UUID],
  '--permissions': ['a:read, b:read', ['a:read', 'b:read']],
  '--audience': ['crm-api,b', ['crm-api', 'b']],
  '--ttl': ['60', 60],
  '--profile': ['workspace', 'workspace'],
  '--users': ['a@b.test', ['a@b.test']],
  '--approvals': ['deny', 'deny'],
  '--poll-interval': ['2', 2],
  '--cloud-exchange': ['token', 'token'],
  '--forward': ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
  '--notification-url': ['http://127.0.0.1:3000/pings', 'http://127.0.0.1:3000/pings'],
  '--vault-audience': ['crm-api', 'crm-api'],
}

test('the README has a row for each option', () => {
  const listed = tableRows().flatMap(({ options }) => options)
  expect([...listed].sort()).toEqual(
    ['port', 'allowedHosts', 'console', ...Object.keys(emulatorChecks)].sort(),
  )
})

test.each(tableRows().flatMap(({ options, flags }) => flags.map((flag) => ({ flag, options }))))(
  'the flag $flag of the README sets its option, and stands in the help',
  ({ flag, options }) => {
    expect(HELP).toMatch(new RegExp(`^  ${flag} `, 'm'))
    const [typed, expected] = values[flag] ?? []
    const result = readCommandLine(typed === undefined ? [flag] : [flag, typed])
    if (typeof result === 'string') throw new Error('It prints instead of starting.')
    // These two are set without a flag, too.
    const { port, console, ...others } = result
    const bySpecialFlag: Readonly<Record<string, object>> = {
      '--port': { port },
      '--no-console': { console },
    }
    const set = Object.entries(bySpecialFlag[flag] ?? others)
    expect(set).toHaveLength(1)
    const [[name = '', value] = []] = set
    expect(options).toContain(name)
    expect(value).toEqual(expected ?? !flag.startsWith('--no-'))
  },
)

test('each flag of the help stands in the README', () => {
  const inHelp = [...HELP.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, flag]) => flag)
  const inTable = tableRows().flatMap(({ flags }) => flags)
  expect(inHelp.toSorted()).toEqual([...inTable, '--help', '--open', '--version'].toSorted())
  expect(readme).toMatch(/`--version`.*`--help`/)
})

test.each([
  ['--approvals yes', "--approvals has an unknown value. Set --approvals to one of 'approve'"],
  ['--poll-interval 0', '--poll-interval must be a whole number of seconds from 1 to 300, not 0.'],
  ['--client-id agent', '--client-id must be a UUID in lower case, not this text.'],
  ['--forward https://api.example.com', '--forward must be an http URL of this computer'],
  [
    '--notification-url https://api.example.com',
    '--notification-url must be an http URL of this computer',
  ],
  ['--vault-audience=', '--vault-audience must be a text that is not empty, not an empty text.'],
  ['--audience', '--audience has no value.'],
])('%s is rejected with the name of the flag', (args, start) => {
  let text = ''
  try {
    readCommandLine(args.split(' '))
  } catch (error) {
    const { message, hint } = error as { message: string; hint: string }
    text = `${message} ${hint}`
  }
  expect(text.slice(0, start.length)).toBe(start)
})
