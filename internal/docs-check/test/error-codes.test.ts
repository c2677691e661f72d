import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codeTables, errorPage } from '../src/error-page.ts'

const root = join(import.meta.dirname, '../../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

/** The codes that may occur in a package: its own, and those of the packages it builds on. */
const uses: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  verify: ['verify'],
  emulator: ['emulator'],
  mcp: ['mcp', 'core'],
  llamaindex: ['llamaindex', 'core'],
  'ai-sdk': ['core'],
  langchain: ['core'],
  mastra: ['core'],
  'openai-agents': ['core'],
  cli: ['cli', 'core'],
  otel: ['core'],
  store: ['core'],
}

const codesOf = (folder: string): string[] =>
  codeTables.filter((table) => table.folder === folder).flatMap(({ codes }) => Object.keys(codes))

/** Warnings are events, not errors. */
const WARNINGS = [
  'value_trimmed',
  'clock_skew',
  'permissions_differ',
  'mock_mode',
  'store_failed',
  'stored_token_ignored',
  'token_store_unusable',
  'rate_limit_wait',
]

/** Functions that make an error or a response of a code, which is their first text. */
const MAKERS =
  /\b(?:resourceError|delegationError|approvalError|cloudError|problem|recordProblem|callError|rejectedResponse|refused|refuse|endpointError)\(\s*(?:response, \d+, |\d+,\s*)?'([a-z_]+)'/g
const FIELDS = /\b(?:code|error)(?:: \w+)?(?::| =) '([a-z]+_[a-z_]+)'/g
const CHOICES = /\bcode: [^'\n]*\? '([a-z_]+)' : '([a-z_]+)'/g

/** The sources of a package without comments, tables of explanations and unions of codes. */
function sourcesOf(folder: string): { file: string; text: string }[] {
  return globSync(`packages/${folder}/src/**/*.ts`, { cwd: root })
    .filter((file) => !/(error|command)-codes(\/|\.ts)/.test(file.replaceAll('\\', '/')))
    .map((file) => ({ file, text: read(file).replace(/\/\*[\s\S]*?\*\/|^\s*\|.*$/gm, '') }))
}

function codesIn(text: string): string[] {
  return [MAKERS, FIELDS, CHOICES].flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap(([, ...codes]) => codes.filter((code) => code)),
  )
}

describe('the search for codes', () => {
  it('finds the codes of errors, outcomes and responses in made-up code', () => {
    const text = [
      "throw resourceError(\n  'one_code', message)",
      "new ConfigError({ code: 'two_codes' })",
      "code: given === 0 ? 'three_codes' : 'four_codes',",
      "const error: Refusal = 'five_codes'",
      "refused(403, 'six_codes', '')",
      "refuse(response, 400, 'seven_codes', '')",
    ].join('\n')
    expect(codesIn(text).sort()).toEqual(
      ['five', 'four', 'one', 'seven', 'six', 'three', 'two'].map((number) =>
        number === 'one' ? 'one_code' : `${number}_codes`,
      ),
    )
  })

  it('looks at every package', () => {
    const packages = globSync('packages/*/src', { cwd: root }).map((path) => path.split(/[\\/]/)[1])
    expect(Object.keys(uses).sort()).toEqual(packages.sort())
  })
})

describe.each(Object.entries(uses))('the sources of @authsec/%s', (folder, tables) => {
  it('make errors and outcomes of codes that a table explains', () => {
    const known = [...tables.flatMap(codesOf), ...WARNINGS, ...WIRE]
    const unknown = sourcesOf(folder).flatMap(({ file, text }) =>
      codesIn(text)
        .filter((code) => !known.includes(code))
        .map((code) => `${file}: ${code}`),
    )
    expect(unknown).toEqual([])
  })
})

/** What the emulator answers as AuthSec and the demo API do: docs/wire-contract.md explains it. */
const WIRE = [
  ...['invalid_request', 'invalid_client', 'invalid_token', 'invalid_limit', 'invalid_cursor'],
  ...['record_not_found', 'authentication_required', 'insufficient_scope', 'access_denied'],
  ...['expired_token', 'not_found', 'authorization_pending', 'slow_down', 'invalid_grant'],
]

describe.each(codeTables)('the table of @authsec/$folder', ({ folder, codes }) => {
  it('explains no code that nothing makes', () => {
    const text = sourcesOf(folder)
      .map((source) => source.text)
      .join('\n')
    const unmade = Object.keys(codes).filter((code) => !text.includes(`'${code}'`))
    expect(unmade).toEqual([])
  })

  it('has three plain sentences for each code, without values to fill in', () => {
    for (const [code, { meaning, cause, fix }] of Object.entries(codes)) {
      for (const sentence of [meaning, cause, fix]) {
        expect(sentence, code).toMatch(/^[A-Z`][\s\S]{10,}\.$/)
        expect(sentence, code).not.toMatch(/\{\w+\}|undefined/)
      }
    }
  })
})

describe('docs/errors.md', () => {
  it('is what `pnpm errors` writes', () => {
    expect(read('docs/errors.md'), 'Run `pnpm errors`.').toBe(errorPage())
  })

  it('would be stale if a table had one code more', () => {
    const entry = { meaning: 'A.', cause: 'B.', fix: 'C.' }
    const [first] = codeTables
    const more = [{ folder: 'core', about: '', codes: { ...first?.codes, zzz: entry } }]
    expect(errorPage(more)).toContain('### `zzz`')
    expect(read('docs/errors.md')).not.toContain('### `zzz`')
  })
})
