import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The packages that are measured. Those of another checkout may lack newer names. */
interface Packages {
  readonly core: typeof import('@authsec/core')
  readonly verify: typeof import('@authsec/verify')
  readonly mcp: typeof import('@authsec/mcp')
  readonly langchain: typeof import('@authsec/langchain')
  readonly llamaindex: typeof import('@authsec/llamaindex')
  readonly mastra: typeof import('@authsec/mastra')
  readonly 'ai-sdk': typeof import('@authsec/ai-sdk')
}

type PackageName = keyof Packages

/** The packages to measure: those of this checkout, or of another one. */
export interface Checkout {
  /** Stands behind a name in the output: empty for this checkout. */
  readonly label: string
  readonly root: string
  readonly core: Packages['core']
  readonly verify: Packages['verify']
  load<Name extends PackageName>(name: Name): Promise<Packages[Name]>
}

const OWN_ROOT = resolve(import.meta.dirname, '../../../..')

const own: { readonly [Name in PackageName]: () => Promise<Packages[Name]> } = {
  core: () => import('@authsec/core'),
  verify: () => import('@authsec/verify'),
  mcp: () => import('@authsec/mcp'),
  langchain: () => import('@authsec/langchain'),
  llamaindex: () => import('@authsec/llamaindex'),
  mastra: () => import('@authsec/mastra'),
  'ai-sdk': () => import('@authsec/ai-sdk'),
}

/** This checkout and, where a path is given, the one there. Throws a sentence when it cannot be loaded. */
export async function loadCheckouts(against?: string): Promise<readonly Checkout[]> {
  const checkout = await loadCheckout(OWN_ROOT, '')
  if (against === undefined) return [checkout]
  return [checkout, await loadCheckout(resolve(against), ' (other)')]
}

/** One checkout, by the path of its root. */
export async function loadCheckout(root: string, label: string): Promise<Checkout> {
  const load: Checkout['load'] = (name) => (root === OWN_ROOT ? own[name]() : loadFrom(root, name))
  return { label, root, load, core: await load('core'), verify: await load('verify') }
}

/** A package resolves its own name, wherever its files lie in that checkout. */
async function loadFrom<Name extends PackageName>(
  root: string,
  name: Name,
): Promise<Packages[Name]> {
  const folder = join(root, 'packages', name)
  try {
    const file = createRequire(join(folder, 'package.json')).resolve(`@authsec/${name}`)
    // With NODE_PATH, which the launchers of pnpm set, the name may lead to the packages of this checkout.
    if (!realpathSync(file).startsWith(realpathSync(folder) + sep)) throw new Error(file)
    return await import(pathToFileURL(file).href)
  } catch (cause) {
    const message = `${root} is not a checkout with installed dependencies. Run \`pnpm install\` there.`
    throw new Error(message, { cause })
  }
}
