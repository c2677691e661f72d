import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LoadError, type Runtime, reportOf } from '../rows.ts'
import { tool } from '../tools.ts'

/** A page that imports the program. What Vite makes of it is imported here: the refusal comes before any browser API. */
export const browser: Runtime = {
  title: 'Browser, built by Vite',
  async run(project, place) {
    tool('vite/package.json')
    const { build } = await import('vite')
    const root = join(project, 'page')
    mkdirSync(root, { recursive: true })
    writeFileSync(join(root, 'index.html'), '<script type="module" src="./page.js"></script>\n')
    writeFileSync(join(root, 'page.js'), "import '../main.js'\n")
    const outDir = `${project}-bundles/vite`
    try {
      await build({
        root,
        configFile: false,
        logLevel: 'silent',
        define: { 'process.env.AUTHSEC_PLACE': JSON.stringify(JSON.stringify(place)) },
        build: {
          outDir,
          emptyOutDir: true,
          modulePreload: false,
          rollupOptions: { output: { entryFileNames: 'page.mjs' } },
        },
      })
    } catch (error) {
      throw new LoadError(String(error))
    }
    return reportOf(process.execPath, ['page.mjs'], { cwd: outDir, place })
  },
}
