import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type CodeFacts, doctorCodes } from '../doctor/codes.ts'
import { commandCodes } from './command-codes.ts'

export interface Explanation extends CodeFacts {
  readonly code: string
  /** The packages that use the code so. */
  readonly from: readonly string[]
}

type Table = Readonly<Record<string, CodeFacts>>

/** A package, and its table of codes. */
type Source = readonly [from: string, load: () => Promise<Table>]

/** Those that may have a table of their own, in the order in which they are told. */
const PACKAGES = [
  'core',
  'verify',
  'mcp',
  'llamaindex',
  'ai-sdk',
  'langchain',
  'mastra',
  'emulator',
].map((name) => `@authsec/${name}`)

/** The codes of this package, and those of every package that the project or this one has installed. */
export function sourcesFor(cwd: string): readonly Source[] {
  const packages = PACKAGES.map((name): Source => [name, () => tableOf(name, cwd)])
  const own: readonly Source[] = [
    ['authsec doctor', async () => doctorCodes],
    ['authsec', async () => commandCodes],
  ]
  return [...own, ...packages]
}

/** The table of the version that the project uses, else of the one that came with this package; empty without either. */
async function tableOf(name: string, cwd: string): Promise<Table> {
  const entry = `${name}/error-codes`
  for (const load of [() => importFrom(entry, cwd), () => import(entry)]) {
    try {
      const { errorCodes }: { readonly errorCodes?: unknown } = await load()
      if (isTable(errorCodes)) return errorCodes
    } catch {
      // Not installed, or a version without a table.
    }
  }
  return {}
}

function importFrom(entry: string, cwd: string): Promise<object> {
  const path = createRequire(join(cwd, 'package.json')).resolve(entry)
  return import(pathToFileURL(path).href)
}

function isTable(value: unknown): value is Table {
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).every((row) =>
    ['meaning', 'cause', 'fix'].every((field) => typeof Object(row)[field] === 'string'),
  )
}

/** Every code of every source. Equal rows of several sources are one. */
export async function explanations(sources: readonly Source[]): Promise<readonly Explanation[]> {
  const tables = await Promise.all(
    sources.map(async ([from, load]) => ({ from, table: await load() })),
  )
  const found = new Map<string, Explanation>()
  for (const { from, table } of tables) {
    for (const [code, { meaning, cause, fix }] of Object.entries(table)) {
      const key = JSON.stringify([code, meaning, cause, fix])
      const before = found.get(key)?.from ?? []
      found.set(key, { code, from: [...before, from], meaning, cause, fix })
    }
  }
  return [...found.values()]
}
