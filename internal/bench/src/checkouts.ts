import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

type Core = Pick<typeof import('@authsec/core'), 'createAuthSecClient'>
type Verify = Pick<typeof import('@authsec/verify'), 'createDelegationVerifier'>

/** The packages to measure: those of this checkout, or of another one. */
export interface Checkout {
  /** Stands behind a name in the output: empty for this checkout. */
  readonly label: string
  readonly core: Core
  readonly verify: Verify
}

/** This checkout and, where a path is given, the one there. Throws a sentence when it cannot be loaded. */
export async function loadCheckouts(against: string | undefined): Promise<readonly Checkout[]> {
  const [core, verify] = [await import('@authsec/core'), await import('@authsec/verify')]
  const own = { label: '', core, verify }
  return against === undefined ? [own] : [own, await loadCheckout(resolve(against))]
}

/** Imports by name, because the files of another checkout may lie elsewhere. */
async function loadCheckout(root: string): Promise<Checkout> {
  const from = createRequire(join(root, 'internal/bench/package.json'))
  const load = (name: string): Promise<unknown> => import(pathToFileURL(from.resolve(name)).href)
  try {
    const core = (await load('@authsec/core')) as Core
    const verify = (await load('@authsec/verify')) as Verify
    return { label: ' (other)', core, verify }
  } catch (cause) {
    const message = `${root} is not a checkout with installed dependencies. Run \`pnpm install\` there.`
    throw new Error(message, { cause })
  }
}
