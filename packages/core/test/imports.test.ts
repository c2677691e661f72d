import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'

const source = join(import.meta.dirname, '../src')

/** From the ground up: a file imports from its own floor or a lower one, never from a higher one. */
const floors = [
  ['errors', 'events', 'instrumentation', 'observers', 'pending'],
  ['platform'],
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
  ['policy', 'bodies'],
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
  ['schema'],
  ['operation'],
  ['tool'],
  ['openapi'],
  ['error-codes'],
  ['index', 'tool', 'openapi', 'cloud', 'store', 'audit', 'adapter', 'error-codes', 'browser'],
]

const modules = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'))

/** The floor of a file: that of its folder, or for a file beside the folders, of its name. */
function floorOf(file: string): number {
  const [room = ''] = file.replace(/(\.web)?\.ts$/, '').split('/')
  if (file.includes('/')) return floors.findIndex((floor) => floor.includes(room))
  return floors.findLastIndex((floor) => floor.includes(room))
}

/** The file of core that an import names: `#runtime/` gives Node.js one, and other runtimes its twin. */
function ownFile(file: string, target: string, isWeb = false): string | undefined {
  if (target.startsWith('.')) return posix.join(posix.dirname(file), target)
  if (!target.startsWith('#runtime/')) return undefined
  return target.replace('#runtime/', '') + (isWeb ? '.web.ts' : '.ts')
}

const importsOf = (file: string): string[] =>
  [...code(file).matchAll(/from '([^']+)'|import\('([^']+)'\)/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  )

describe('the walls inside core', () => {
  it.each(modules)('%s imports from its own floor or a lower one', (file) => {
    expect(floorOf(file), `${file} stands on no floor`).toBeGreaterThanOrEqual(0)
    const above = importsOf(file)
      .map((target) => ownFile(file, target))
      .filter((target) => target !== undefined && floorOf(target) > floorOf(file))
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
        .filter((target) => !/^\.|^node:|^#runtime\//.test(target))
        .map((target) => `${file}: ${target}`),
    )
    expect([...new Set(foreign)].sort()).toEqual([
      'client/mock-server.ts: @authsec/emulator',
      'openapi/body.ts: zod',
      'openapi/operations-from-open-api.ts: zod',
      'openapi/parameters.ts: zod',
      'openapi/policy.ts: zod',
      'openapi/tool-operation.ts: zod',
      'operation/operation-request.ts: zod',
      'operation/params.ts: zod',
      'operation/path-template.ts: zod',
      'operation/read-params.ts: zod',
      'platform/hashing.web.ts: @noble/hashes/hmac.js',
      'platform/hashing.web.ts: @noble/hashes/sha2.js',
      'schema/convert.ts: zod',
      'schema/defaults.ts: zod',
      'schema/json-schema.ts: zod',
      'schema/limits.ts: zod',
      'schema/object-schema.ts: zod',
      'store/jwe.ts: jose/errors',
      'store/jwe.ts: jose/jwe/compact/decrypt',
      'store/jwe.ts: jose/jwe/compact/encrypt',
      'tool/agent-tool.ts: zod',
      'tool/outcome.ts: zod',
      'tool/read-input.ts: zod',
      'tool/secure-fetch-input.ts: zod',
      'transports/dispatch.ts: undici',
      'transports/guarded-agent.ts: undici',
      'transports/proxy-agent.ts: undici',
      'transports/undici-transport.ts: undici',
    ])
  })

  it('gives runtimes without Node.js no file that names a module or a global of Node.js', () => {
    const reached = new Set(modules.filter((file) => !file.includes('/')))
    for (const file of reached) {
      for (const target of valueImportsOf(file)) {
        const own = ownFile(file, target, true)
        if (own !== undefined) reached.add(own)
        else expect(target, file).not.toMatch(/^node:|^undici$/)
      }
      const isFree = file.startsWith('platform/') || /#runtime\/platform\/bytes/.test(code(file))
      if (!isFree) expect(code(file), file).not.toMatch(/(?<![\w.'])Buffer\./)
      expect(code(file), file).not.toMatch(/(?<!globalThis\.)\bprocess\??\.[a-z]/)
    }
    expect(reached).toContain('transports/create-transport.web.ts')
  })

  it('has a file for Node.js beside each of its twins', () => {
    const alone = modules.filter(
      (file) => file.endsWith('.web.ts') && !modules.includes(file.replace('.web.ts', '.ts')),
    )
    expect(alone).toEqual([])
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

/** Without those of types, which no build contains. */
function valueImportsOf(file: string): string[] {
  const values = code(file).replace(/^(?:import|export) type [^;]*? from '[^']+'$/gm, '')
  return [...values.matchAll(/from '([^']+)'|import\('([^']+)'\)/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  )
}

function code(file: string): string {
  return readFileSync(join(source, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
}
