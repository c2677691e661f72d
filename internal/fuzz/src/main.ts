import { parseArgs } from 'node:util'
import { runTarget } from './run-target.ts'
import type { FuzzTarget } from './target.ts'
import { fuzzAnswers } from './targets/answers.ts'
import { fuzzApprovals } from './targets/approvals.ts'
import { fuzzEndpoints } from './targets/endpoints.ts'
import { fuzzMcpMessages } from './targets/mcp-messages.ts'
import { fuzzNdjson } from './targets/ndjson.ts'

/**
 * `pnpm fuzz [--seconds 60] [--seed N] [--only name,name] [--path P]`: random input for each target in
 * turn. It prints the seed, exits with 1 for a finding, and says how to repeat it.
 */
const targets: Readonly<Record<string, () => Promise<FuzzTarget>>> = {
  endpoints: fuzzEndpoints,
  answers: fuzzAnswers,
  approvals: fuzzApprovals,
  ndjson: fuzzNdjson,
  'mcp-messages': fuzzMcpMessages,
}

/** Memory that may stay after garbage collection: caches fill up, and nothing grows with the input. */
const MAX_GROWTH_MIB = 48

const settings = readSettings()
const { seed } = settings
process.stdout.write(`seed ${seed}, ${settings.seconds} s for ${settings.names.join(', ')}\n`)
let findings = 0
for (const name of settings.names) findings += await fuzz(name)
process.stdout.write(`${findings} findings\n`)
// A server or a timer that is still open must not hide the result.
process.exit(findings === 0 ? 0 : 1)

async function fuzz(name: string): Promise<number> {
  const create = targets[name]
  if (!create) throw new Error(`There is no target ${name}.`)
  await using target = await create()
  const seconds = settings.seconds / settings.names.length
  const result = await runTarget(target, { seconds, seed, path: settings.path })
  const counts = Object.entries(result.counts).map(([what, count]) => `${what} ${count}`)
  process.stdout.write(
    `${name}: ${[`${result.runs} inputs`, ...counts, `memory +${result.growthMiB} MiB`].join(', ')}\n`,
  )
  if (result.finding) {
    const { message, input, path } = result.finding
    process.stderr.write(`✗ ${name}: ${message}\n  input ${input}\n`)
    process.stderr.write(`  repeat with: pnpm fuzz --only ${name} ${path}\n`)
    return 1
  }
  if (result.growthMiB <= MAX_GROWTH_MIB) return 0
  process.stderr.write(`✗ ${name}: memory grew by more than ${MAX_GROWTH_MIB} MiB\n`)
  return 1
}

function readSettings() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string' },
      only: { type: 'string' },
      path: { type: 'string' },
    },
  })
  const seconds = Number(values.seconds)
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
  const names = values.only?.split(',') ?? Object.keys(targets)
  const unknown = names.find((name) => !Object.hasOwn(targets, name))
  if (!(seconds > 0) || !Number.isInteger(seed) || unknown !== undefined) {
    const known = Object.keys(targets).join(', ')
    process.stderr.write(
      `Usage: pnpm fuzz [--seconds N] [--seed INTEGER] [--only TARGETS] [--path PATH]\nTargets: ${known}\n`,
    )
    process.exit(2)
  }
  return { seconds, seed, names, path: values.path }
}
