import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readManifest } from './pack.ts'

/** One package with the peers that one end of a range in its package.json promises. */
export interface PeerCase {
  readonly framework: string
  readonly end: 'low' | 'high'
  /** For npm: `ai@5.0.7`, `zod@^4.2.0`. */
  readonly peers: readonly string[]
}

/** Every package with a test of the tool contract and a framework as its peer, at both ends of each range. */
export function peerCases(root: string): readonly PeerCase[] {
  return readdirSync(join(root, 'packages')).flatMap((framework) => {
    const hasTest = existsSync(join(root, `internal/tool-contract/test/${framework}.test.ts`))
    const { peerDependencies = {} } = readManifest(join(root, 'packages', framework))
    return hasTest ? casesOf(framework, peerDependencies) : []
  })
}

/** `^5.0.7 || ^6.0.0` has four ends; a peer with fewer ranges keeps its last one. */
function casesOf(
  framework: string,
  peerDependencies: Readonly<Record<string, string>>,
): PeerCase[] {
  const peers = Object.entries(peerDependencies)
    .filter(([name]) => !name.startsWith('@authsec/'))
    .map(([name, range]) => ({ name, ranges: range.split('||').map((each) => each.trim()) }))
  const count = Math.max(0, ...peers.map(({ ranges }) => ranges.length))
  return Array.from({ length: count }, (_, index) => index).flatMap((index) =>
    (['low', 'high'] as const).map((end) => ({
      framework,
      end,
      peers: peers.map(({ name, ranges }) => {
        const range = ranges[Math.min(index, ranges.length - 1)] ?? ''
        return `${name}@${end === 'high' ? range : lowest(range)}`
      }),
    })),
  )
}

/** The first version of a range such as `^4.2.0` or `>=0.6.22 <0.7.0`. */
function lowest(range: string): string {
  const version = /^(?:\^|>=)(\d+\.\d+\.\d+)/.exec(range)?.[1]
  if (version) return version
  throw new Error(`The peer range ${range} has no lowest version: start it with ^1.2.3 or >=1.2.3.`)
}
