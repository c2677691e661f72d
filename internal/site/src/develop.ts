import { watch } from 'node:fs'
import { join } from 'node:path'
import { createServer } from 'vitepress'
import { home, root } from './paths.ts'
import { gatherPages, prepare, report } from './prepare.ts'

/** Serves the site to this computer only, and gathers the pages again when one is saved. */
export async function develop(base: string): Promise<void> {
  await prepare(true)
  const server = await createServer(home, { base, host: '127.0.0.1' })
  await server.listen()
  server.printUrls()
  const again = (): void => {
    try {
      report(gatherPages(), true)
    } catch (error) {
      process.stderr.write(`${String(error)}\n`)
    }
  }
  for (const folder of ['docs', 'packages']) {
    watch(join(root, folder), { recursive: true }, (_event, file) => {
      if (file?.endsWith('.md')) again()
    })
  }
}
