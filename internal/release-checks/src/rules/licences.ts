import type { Rule } from '../release.ts'
import { runOrThrow } from '../run.ts'

/** Licences of the dependencies that users get: those that require no more than attribution. */
const FOR_USERS = new Set(['MIT', 'Apache-2.0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD'])

/** Development tools may also have these licences. */
const FOR_TOOLS = new Set([
  ...FOR_USERS,
  'BlueOak-1.0.0',
  // Public domain: fast-sha256, which comes with the Anthropic SDK.
  'Unlicense',
  // Public domain: railroad-diagrams, which comes with the schemas of Kubernetes' objects.
  'CC0-1.0',
  // lightningcss, which comes with vite, and axe-core: never changed by us, never shipped.
  'MPL-2.0',
])

/** What `pnpm licenses ls --json` prints: packages by licence. */
export type LicenceReport = Readonly<Record<string, readonly { readonly name: string }[]>>

/** The licences of all dependencies, those of the published packages by the stricter list. */
export function licences(report: (root: string, shipped: boolean) => Promise<LicenceReport>): Rule {
  return async ({ root }) => [
    ...forbidden(await report(root, true), FOR_USERS, 'is shipped with'),
    ...forbidden(await report(root, false), FOR_TOOLS, 'is used with'),
  ]
}

function forbidden(report: LicenceReport, allowed: ReadonlySet<string>, how: string): string[] {
  return Object.entries(report)
    .filter(([licence]) => !choicesIn(licence).some((choice) => allowed.has(choice)))
    .flatMap(([licence, packages]) =>
      packages.map(
        ({ name }) => `${name} ${how} the licence ${licence}, which is not on the list.`,
      ),
    )
}

/** The licences between which an SPDX expression lets one choose: `(MIT OR WTFPL)`. Those joined by AND stay one. */
function choicesIn(licence: string): string[] {
  const [, inner = licence] = /^\(([^()]*)\)$/.exec(licence) ?? []
  return inner.split(' OR ')
}

export async function installedLicences(root: string, shipped: boolean): Promise<LicenceReport> {
  const which = shipped ? ['--filter', './packages/*'] : []
  const kind = shipped ? ['--prod'] : []
  const args = ['--recursive', ...which, 'licenses', 'list', '--json', ...kind]
  const report: LicenceReport = JSON.parse(await runOrThrow('pnpm', args, { cwd: root }))
  if (Object.keys(report).length > 0) return report
  throw new Error('pnpm found no dependencies. Run `pnpm install`.')
}
