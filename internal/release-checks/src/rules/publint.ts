import { publint as lintPackage } from 'publint'
import { formatMessage } from 'publint/utils'
import type { Rule } from '../release.ts'

/** publint, strictly, on the unpacked tarball: entry points exist, have the right format and are found. */
export const publint: Rule = async ({ packages }) => {
  const results = await Promise.all(
    packages.map(async ({ name, unpacked, manifest }) => {
      const { messages } = await lintPackage({ pkgDir: unpacked, strict: true, pack: false })
      return messages.map((message) => `${name}: ${formatMessage(message, { ...manifest })}`)
    }),
  )
  return results.flat()
}
