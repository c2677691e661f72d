import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const source = join(import.meta.dirname, '../src')

/** From the ground up: a module imports from its own floor or a lower one, never from a higher one. */
const floors = [
  [
    'errors',
    'events',
    'fingerprint',
    'client-id',
    'clock',
    'server-time',
    'request-digest',
    'lazy',
  ],
  [
    'option-checks',
    'mock-server',
    'refusal',
    'network-guard',
    'environment',
    'delegation-token',
    'bounded-signal',
    'error-body',
  ],
  [
    'endpoint',
    'binding-message',
    'approver-limits',
    'run-budget',
    'refresh-pace',
    'token-lifetime',
  ],
  [
    'transport',
    'undici-transport',
    'fetch-transport',
    'lazy-transport',
    'resource-policy',
    'secret-scrubber',
    'untrusted-json',
  ],
  ['config', 'http', 'http-stream', 'request-guard'],
  [
    'delegation-errors',
    'approval-errors',
    'cloud-errors',
    'resource-errors',
    'response-guard',
    'planned-call',
    'api-call',
  ],
  ['delegation-api', 'ciba-api', 'cloud-api'],
  ['pull-token', 'approval'],
  ['token-source'],
  ['call-approval', 'cloud-credentials'],
  ['secure-fetch', 'reporter'],
  ['fetch-call'],
  ['on-demand'],
  ['lazy-parts', 'standard-fetch'],
  ['client'],
  ['client-from-env', 'cloud-providers'],
  ['tool-outcome'],
  ['tool-definition', 'tool-approval'],
  ['index', 'tool', 'cloud'],
]

const modules = readdirSync(source).filter((file) => file.endsWith('.ts'))
const floorOf = (module: string): number => floors.findIndex((floor) => floor.includes(module))
const importsOf = (file: string): string[] =>
  [...readFileSync(join(source, file), 'utf8').matchAll(/from '([^']+)'|import\('([^']+)'\)/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  )

describe('the walls inside core', () => {
  it.each(modules)('%s imports downwards only', (file) => {
    const name = file.replace('.ts', '')
    expect(floorOf(name), `${name} stands on no floor`).toBeGreaterThanOrEqual(0)
    const above = importsOf(file)
      .filter((target) => target.startsWith('./'))
      .map((target) => target.slice(2).replace('.ts', ''))
      .filter((target) => floorOf(target) > floorOf(name))
    expect(above).toEqual([])
  })

  it('knows no framework, and zod only where tools are defined', () => {
    const foreign = modules.flatMap((file) =>
      importsOf(file)
        .filter((target) => !target.startsWith('.') && !target.startsWith('node:'))
        .map((target) => `${file}: ${target}`),
    )
    expect(foreign.sort()).toEqual([
      'mock-server.ts: @authsec/emulator',
      'tool-definition.ts: zod',
      'tool-outcome.ts: zod',
      'transport.ts: undici',
      'undici-transport.ts: undici',
    ])
  })

  it('reads clocks, consoles and variables in one place each', () => {
    const owners: Record<string, RegExp> = {
      'clock.ts': /\bDate\.now\(|performance\.now\(|(?<![.\w])setTimeout\(/,
      'environment.ts': /process\.env/,
      'reporter.ts': /process\.std(out|err)|console\./,
    }
    for (const [owner, pattern] of Object.entries(owners)) {
      const users = modules.filter((file) => pattern.test(code(file)))
      expect(users, String(pattern)).toEqual([owner])
    }
  })
})

function code(file: string): string {
  return readFileSync(join(source, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
}
