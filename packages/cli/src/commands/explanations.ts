import { type CodeFacts, doctorCodes } from '../doctor/codes.ts'

export interface Explanation extends CodeFacts {
  readonly code: string
  /** The packages that use the code so. */
  readonly from: readonly string[]
}

type Table = Readonly<Record<string, CodeFacts>>

/** A package, and its table of codes. */
type Source = readonly [from: string, load: () => Promise<Table>]

const SOURCES: readonly Source[] = [['authsec doctor', async () => doctorCodes]]

/** Every code of every package. Equal rows of several packages are one. */
export async function explanations(
  sources: readonly Source[] = SOURCES,
): Promise<readonly Explanation[]> {
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
