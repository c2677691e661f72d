import { join } from 'node:path'

/** The project of the site, and the workspace. */
export const home = join(import.meta.dirname, '..')
export const root = join(home, '../..')

/** The Markdown that VitePress reads, gathered and generated anew by each build. */
export const gathered = join(home, '.pages')
export const dist = join(home, 'dist')
