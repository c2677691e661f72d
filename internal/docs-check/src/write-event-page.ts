/** `pnpm events`: writes docs/events.md from the types of core. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventPage } from './event-page.ts'

writeFileSync(join(import.meta.dirname, '../../../docs/events.md'), eventPage())
