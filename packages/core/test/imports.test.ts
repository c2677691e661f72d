import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'

const source = join(import.meta.dirname, '../src')

/** From the ground up: a file imports from its own floor or a lower one, never from a higher one. */
const floors = [
  ['errors', 'events', 'instrumentation', 'observers', 'pending'],
  ['support'],
  ['identity'],
  ['options'],
  ['files'],
  ['store'],
  ['records'],
  ['audit'],
  ['network'],
  ['http'],
  ['limiter'],
  ['transports'],
  ['policy'],
  ['config'],
  ['token'],
  ['sharing'],
  ['channels'],
  ['approvers'],
  ['sealing'],
  ['message'],
  ['approval'],
  ['scrub'],
  ['call'],
  ['cloud'],
  ['client', 'reporter', 'event-logger'],
  ['answers'],
  ['tool'],
  ['openapi'],
  ['error-codes'],
  ['index', 'tool', 'openapi', 'cloud', 'store', 'audit', 'adapter', 'error-codes'],
]

const modules = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'))

/** The floor of a file: that of its folder, or for a file beside the folders, of its name. */
function floorOf(file: string): number {
  const [room = ''] = file.replace('.ts', '').split('/')
  if (file.includes('/')) return floors.findIndex((floor) => floor.includes(room))
  return floors.findLastIndex((floor) => floor.includes(room))
}

const importsOf = (file: string): string[] =>
  [...code(file).matchAll(/from '([^']+)'|import\('([^']+)'\)/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  )

describe('the walls inside core', () => {
  it.each(modules)('%s imports from its own floor or a lower one', (file) => {
    expect(floorOf(file), `${file} stands on no floor`).toBeGreaterThanOrEqual(0)
    const above = importsOf(file)
      .filter((target) => target.startsWith('.'))
      .map((target) => posix.join(posix.dirname(file), target))
      .filter((target) => floorOf(target) > floorOf(file))
    expect(above).toEqual([])
  })

  it('has no folder of more than sixteen files', () => {
    const sizes = Map.groupBy(modules, (file) => posix.dirname(file))
    const crowded = [...sizes].filter(([, files]) => files.length > 16)
    expect(crowded).toEqual([])
  })

  it('knows no framework, and zod only where tools are defined', () => {
    const foreign = modules.flatMap((file) =>
      importsOf(file)
        .filter((target) => !target.startsWith('.') && !target.startsWith('node:'))
        .map((target) => `${file}: ${target}`),
    )
    expect([...new Set(foreign)].sort()).toEqual([
      'client/mock-server.ts: @authsec/emulator',
      'openapi/body.ts: zod',
      'openapi/operations-from-open-api.ts: zod',
      'openapi/parameters.ts: zod',
      'openapi/policy.ts: zod',
      'openapi/schema/convert.ts: zod',
      'openapi/schema/limits.ts: zod',
      'openapi/tool-operation.ts: zod',
      'store/jwe.ts: jose/errors',
      'store/jwe.ts: jose/jwe/compact/decrypt',
      'store/jwe.ts: jose/jwe/compact/encrypt',
      'tool/agent-tool.ts: zod',
      'tool/create-tool.ts: zod',
      'tool/define-operation.ts: zod',
      'tool/json-schema.ts: zod',
      'tool/operation-request.ts: zod',
      'tool/outcome.ts: zod',
      'tool/path-template.ts: zod',
      'tool/secure-fetch-input.ts: zod',
      'tool/tool-outcome.ts: zod',
      'transports/dispatch.ts: undici',
      'transports/guarded-agent.ts: undici',
      'transports/proxy-agent.ts: undici',
      'transports/undici-transport.ts: undici',
    ])
  })

  it('reads clocks, consoles and variables in one place each', () => {
    const owners: Record<string, RegExp> = {
      'support/clock.ts': /\bDate\.now\(|performance\.now\(|(?<![.\w])setTimeout\(/,
      'config/environment.ts': /process\??\.env/,
      'reporter.ts': /process\??\.std(out|err)|console\./,
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
