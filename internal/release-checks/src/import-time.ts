import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PackedPackage } from './release.ts'
import { runOrThrow } from './run.ts'

const ROUNDS = 21

/** Times both imports in one process: the second finds undici already loaded. */
const SCRIPT = `
const before = performance.now()
await import('undici')
const between = performance.now()
await import('@authsec/core')
console.log((performance.now() - between) / (between - before))
`

/** The time to import core beyond undici, as a share of the time to import undici: the median of several processes. */
export async function importRatio(core: PackedPackage, scratch: string): Promise<number> {
  const folder = join(scratch, 'import-time')
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@authsec'), { recursive: true })
  cpSync(core.unpacked, join(modules, '@authsec/core'), { recursive: true })
  const undici = join(modules, 'undici')
  if (!existsSync(undici)) symlinkSync(join(core.source, 'node_modules/undici'), undici, 'junction')
  writeFileSync(join(folder, 'time.mjs'), SCRIPT)
  const ratios: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    ratios.push(Number(await runOrThrow(process.execPath, ['time.mjs'], { cwd: folder })))
  }
  return ratios.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN
}
