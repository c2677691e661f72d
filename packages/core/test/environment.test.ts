import { thrown } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { readEnvironment } from '../src/config/environment.ts'
import { ConfigError } from '../src/errors.ts'

const BASE = { AUTHSEC_BASE_URL: 'https://auth.example.com' }
const ID = { AUTHSEC_AGENT_CLIENT_ID: 'a594430b-2bd4-4792-9666-63162ee858c5' }
const liveVariables = { both: { ...BASE, ...ID }, base: BASE, id: ID, none: {} }
const modes = ['unset', 'auto', 'live', 'mock'] as const
const nodeEnvs = ['unset', 'development', 'test', 'production'] as const

/** The table of the design, one letter a cell: L live, M mock, E error; columns are NODE_ENV in the order above. */
const table: Record<keyof typeof liveVariables, Record<(typeof modes)[number], string>> = {
  both: { unset: 'LLLL', auto: 'LLLL', live: 'LLLL', mock: 'MMME' },
  base: { unset: 'EEEE', auto: 'EEEE', live: 'EEEE', mock: 'MMME' },
  id: { unset: 'EEEE', auto: 'EEEE', live: 'EEEE', mock: 'MMME' },
  none: { unset: 'EMME', auto: 'MMME', live: 'EEEE', mock: 'MMME' },
}

const rows = Object.entries(table).flatMap(([variables, byMode]) =>
  Object.entries(byMode).flatMap(([mode, cells]) =>
    nodeEnvs.map((node, column) => ({ variables, mode, node, expected: cells[column] })),
  ),
)

function outcome(env: Record<string, string>): string {
  try {
    return readEnvironment(env).mode === 'live' ? 'L' : 'M'
  } catch (error) {
    if (!ConfigError.isInstance(error)) throw error
    return 'E'
  }
}

describe('the mode table', () => {
  it('has 64 rows', () => expect(rows).toHaveLength(64))

  it.each(rows)('$variables, mode $mode, NODE_ENV $node: $expected', (row) => {
    const env = {
      ...liveVariables[row.variables as keyof typeof liveVariables],
      ...(row.mode !== 'unset' && { AUTHSEC_MODE: row.mode }),
      ...(row.node !== 'unset' && { NODE_ENV: row.node }),
    }
    expect(outcome(env)).toBe(row.expected)
  })
})

describe('a production that is spelt otherwise', () => {
  const spellings = [
    'PRODUCTION',
    'Production',
    ' production ',
    'production\n',
    '\tPRODUCTION',
    'prod',
    'PROD',
  ]

  it.each(spellings)('is one with NODE_ENV %j: mock mode is refused', (node) => {
    for (const mode of ['mock', ' MOCK ', 'auto'] as const) {
      const error = thrown(() => readEnvironment({ AUTHSEC_MODE: mode, NODE_ENV: node }))
      expect(error).toMatchObject({ name: 'ConfigError' })
    }
    expect(outcome({ ...BASE, ...ID, NODE_ENV: node })).toBe('L')
  })

  it.each(['staging', 'preproduction', 'product', 'non-production'])(
    'is not %j, where mock mode may be asked for',
    (node) => {
      expect(outcome({ AUTHSEC_MODE: 'mock', NODE_ENV: node })).toBe('M')
    },
  )

  it.each(['Development', 'TEST', 'dev'])(
    'is not needed to refuse mock mode that nobody asked for: NODE_ENV %j',
    (node) => {
      expect(outcome({ NODE_ENV: node })).toBe('E')
    },
  )
})

describe('the words of a refusal', () => {
  it('names both ways out when nothing is configured', () => {
    const error = thrown(() => readEnvironment({})) as ConfigError
    expect(error.code).toBe('config_missing')
    expect(error.hint).toMatch(/AUTHSEC_BASE_URL and AUTHSEC_AGENT_CLIENT_ID/)
    expect(error.hint).toMatch(/AUTHSEC_MODE=mock/)
  })

  it.each([
    [BASE, 'AUTHSEC_AGENT_CLIENT_ID'],
    [ID, 'AUTHSEC_BASE_URL'],
  ])('names the missing one of two', (env, missing) => {
    expect(thrown(() => readEnvironment(env)).message).toMatch(new RegExp(`${missing} is not`))
  })

  it('treats a blank variable as one that is not set', () => {
    const env = { ...BASE, AUTHSEC_AGENT_CLIENT_ID: '  ' }
    expect(thrown(() => readEnvironment(env)).message).toMatch(/AUTHSEC_AGENT_CLIENT_ID is not/)
  })

  it('refuses a mode it does not know', () => {
    const error = thrown(() => readEnvironment({ AUTHSEC_MODE: 'demo' })) as ConfigError
    expect(error).toMatchObject({
      code: 'config_invalid',
      hint: expect.stringMatching(/live, mock or auto/),
    })
  })
})
