import type { Runtime } from './rows.ts'
import { browser } from './runtimes/browser.ts'
import { bundles } from './runtimes/bundlers.ts'
import { next } from './runtimes/next.ts'
import { bun, deno, nodeModules, nodeRequire } from './runtimes/node.ts'
import { workers } from './runtimes/workers.ts'

/** All rows of the table, in its order. */
export const runtimes: readonly Runtime[] = [
  nodeModules,
  nodeRequire,
  ...next,
  ...workers,
  deno,
  bun,
  ...bundles,
  browser,
]
