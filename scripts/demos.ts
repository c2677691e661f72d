import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A demo that `pnpm demo NAME` runs. */
export interface Demo {
  readonly name: string
  readonly main: string
  readonly about: string
  /** Whether it serves a page until Ctrl-C. `pnpm demo all` leaves it out. */
  readonly isServer: boolean
}

/** The demo that `pnpm demo` runs without a name. */
const FIRST = 'langchain-agent'

/** Every program in `apps/` that uses the demo kit, the first one first. */
export function findDemos(): readonly Demo[] {
  const root = fileURLToPath(new URL('../', import.meta.url))
  const demos = readdirSync(`${root}apps`).flatMap((name): Demo[] => {
    const main = `apps/${name}/src/main.ts`
    if (!existsSync(`${root}${main}`)) return []
    const {
      description = '',
      dependencies = {},
      demo,
    }: Manifest = JSON.parse(readFileSync(`${root}apps/${name}/package.json`, 'utf8'))
    if (!('@authsec-apps/demo-kit' in dependencies)) return []
    return [{ name, main, about: description, isServer: demo === 'server' }]
  })
  const rank = ({ name }: Demo): string => (name === FIRST ? '' : name)
  return demos.sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
}

interface Manifest {
  readonly description?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly demo?: 'server'
}
