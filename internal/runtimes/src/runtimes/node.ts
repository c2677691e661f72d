import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Runtime, reportOf } from '../rows.ts'
import { binary, tool } from '../tools.ts'

export const nodeModules: Runtime = {
  title: 'Node.js, ES modules',
  run: (cwd, place) => reportOf(process.execPath, ['main.js'], { cwd, place }),
}

export const nodeRequire: Runtime = {
  title: 'Node.js, CommonJS by `require`',
  async run(cwd, place) {
    tool('esbuild')
    const { transform } = await import('esbuild')
    const source = readFileSync(join(cwd, 'program.js'), 'utf8')
    const { code } = await transform(source, { format: 'cjs' })
    writeFileSync(join(cwd, 'program.cjs'), code)
    return reportOf(process.execPath, ['main.cjs'], { cwd, place })
  },
}

export const deno: Runtime = {
  title: 'Deno',
  run(cwd, place) {
    const args = ['run', '--allow-all', '--node-modules-dir=manual', 'main.js']
    const env = { DENO_NO_UPDATE_CHECK: '1', DENO_NO_PROMPT: '1' }
    return reportOf(binary('deno'), args, { cwd, place, env })
  },
}

export const bun: Runtime = {
  title: 'Bun',
  run: (cwd, place) => reportOf(binary('bun'), ['run', 'main.js'], { cwd, place }),
}
