import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundle } from './bundle.ts'

/** All entry points but that of adapters, as a runtime without Node.js gets them: what they import stands in the bundle. */
const ENTRIES = ['index', 'tool', 'openapi', 'cloud', 'store', 'audit', 'adapter', 'error-codes']

export type WebCore = typeof import('../../src/index.ts') &
  typeof import('../../src/tool.ts') &
  typeof import('../../src/openapi.ts') &
  typeof import('../../src/store.ts') &
  typeof import('../../src/audit.ts') &
  typeof import('../../src/adapter.ts')

/** A program in a bundle for runtimes without Node.js. */
export function webBundle(
  program: string,
  {
    external = ['@authsec/emulator'],
    format = 'esm',
  }: { external?: string[]; format?: 'esm' | 'iife' } = {},
): ReturnType<typeof bundle> {
  const conditions = ['@authsec/web', '@authsec/source', 'workerd']
  return bundle(program, { platform: 'neutral', conditions, external, format })
}

/** Everything, loaded into this process. */
export async function loadWebCore(): Promise<WebCore> {
  const { code } = await webBundle(
    ENTRIES.map((name) => `export * from '../src/${name}.ts'`).join('\n'),
  )
  const folder = await mkdtemp(join(tmpdir(), 'web-core-'))
  try {
    const file = join(folder, 'core.mjs')
    await writeFile(file, code)
    return await import(/* @vite-ignore */ pathToFileURL(file).href)
  } finally {
    await rm(folder, { recursive: true })
  }
}
