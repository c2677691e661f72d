import type { Io } from '../output/io.ts'
import { json, paint, rows, withoutSecrets } from '../output/text.ts'
import { type Explanation, explanations, sourcesFor } from './explanations.ts'

/** Tells what a code means. A code that several packages use is told for each of them. */
export async function explain(
  given: string,
  { json: asJson = false }: { readonly json?: boolean | undefined },
  io: Io,
): Promise<number> {
  const code = given.trim().toLowerCase().replaceAll('-', '_')
  const all = await explanations(sourcesFor(io.cwd))
  const found = all.filter((one) => one.code === code)
  if (found.length > 0) {
    if (asJson) io.out(json(found))
    else for (const one of found) io.out(textOf(one, io))
    return 0
  }
  const names = [...new Set(all.map((one) => one.code))]
  const { nearestName } = await import('@authsec/core/adapter')
  const near = nearestName(code, names)
  const name = withoutSecrets(given.trim())
    .slice(0, 60)
    .replaceAll(/[^\w[\]-]/g, '?')
  const failure = {
    code: 'code_unknown',
    message: `No package of AuthSec has the code ${name}.`,
    hint:
      near === undefined ? `The codes are: ${names.sort().join(', ')}.` : `Did you mean ${near}?`,
  }
  if (asJson) io.out(json({ error: failure }))
  else io.err(`authsec: ${failure.message} ${failure.hint}\n`)
  return 1
}

function textOf({ code, from, meaning, cause, fix }: Explanation, io: Io): string {
  const parts = rows([
    ['from', from.join(', ')],
    ['cause', cause],
    ['fix', fix],
  ])
  return `${paint(io, 'note', code)}  ${meaning}\n${parts.replaceAll(/^(?=.)/gm, '  ')}`
}
