/**
 * `pnpm check [rule…] [--update]`: builds and packs the packages, and checks every rule of a release,
 * or the named ones. Exits with 1 when a rule is broken.
 */
import { parseArgs } from 'node:util'
import { checkRelease } from './check-release.ts'
import { root, runCommand, say } from './command-line.ts'
import { isRuleName, type RuleName, ruleNames } from './rules.ts'

await runCommand(async () => {
  const { names, update } = readCommandLine(process.argv.slice(2))
  const { broken } = await checkRelease({ root, names, update, say })
  if (broken.length > 0) throw new Error(`Broken: ${broken.join(', ')} (of ${names.length} rules).`)
  say(names.length > 1 ? `All ${names.length} rules hold.` : 'The rule holds.')
})

function readCommandLine(args: string[]): { names: readonly RuleName[]; update: boolean } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { update: { type: 'boolean', default: false } },
  })
  const unknown = positionals.find((name) => !isRuleName(name))
  if (unknown !== undefined) {
    throw new Error(`There is no rule ${unknown}. The rules are ${ruleNames.join(', ')}.`)
  }
  const named = positionals.filter(isRuleName)
  return { names: named.length > 0 ? named : ruleNames, update: values.update }
}
