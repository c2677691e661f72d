/** `pnpm errors`: writes docs/errors.md from the tables of the packages. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorPage } from './error-page.ts'

writeFileSync(join(import.meta.dirname, '../../../docs/errors.md'), errorPage())
