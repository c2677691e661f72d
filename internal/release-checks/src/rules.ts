import type { Rule } from './release.ts'
import { budgets } from './rules/budgets.ts'
import { command } from './rules/command.ts'
import { consumers } from './rules/consumers.ts'
import { contents } from './rules/contents.ts'
import { documentedCode } from './rules/documented-code.ts'
import { exportsRecorded } from './rules/exports.ts'
import { fileList } from './rules/file-list.ts'
import { footprintTable } from './rules/footprint-table.ts'
import { growth } from './rules/growth.ts'
import { installedLicences, licences } from './rules/licences.ts'
import { lockfile } from './rules/lockfile.ts'
import { manifests } from './rules/manifests.ts'
import { publint } from './rules/publint.ts'
import { sameBytes } from './rules/same-bytes.ts'
import { typeResolution } from './rules/type-resolution.ts'

/** All rules of a release, the slow ones first: they run beside the others. */
export const rules = {
  consumers,
  'same-bytes': sameBytes,
  types: command('pnpm', 'typecheck'),
  'type-resolution': typeResolution,
  'documented-code': documentedCode,
  budgets,
  exports: exportsRecorded,
  knip: command('pnpm', 'exec', 'knip'),
  lint: command('pnpm', 'lint'),
  publint,
  contents,
  'file-list': fileList,
  footprint: footprintTable,
  growth,
  manifests,
  licences: licences(installedLicences),
  lockfile,
} satisfies Record<string, Rule>

export type RuleName = keyof typeof rules

export function isRuleName(name: string): name is RuleName {
  return Object.hasOwn(rules, name)
}

export const ruleNames: readonly RuleName[] = Object.keys(rules).filter(isRuleName)
