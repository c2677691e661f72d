import { readChangesets } from '@changesets/read'
import { readManifest } from '../pack.ts'
import type { Rule } from '../release.ts'

const NEVER_RELEASED = '0.0.0'

/** A package that was never released has a changeset that makes it 0.1.0: a minor one, and nothing above. */
export const firstVersion: Rule = async ({ root, packages }) => {
  const changes = (await readChangesets(root)).flatMap(({ releases }) => releases)
  return packages
    .map(({ source }) => readManifest(source))
    .filter(({ version }) => version === NEVER_RELEASED)
    .filter(({ name }) => {
      const types = changes.filter((change) => change.name === name).map(({ type }) => type)
      return !types.includes('minor') || types.includes('major')
    })
    .map(({ name }) => `${name} would not become 0.1.0; its changesets should be minor.`)
}
