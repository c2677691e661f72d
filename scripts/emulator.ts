/** `pnpm emulator [options]` */
import { runFromSource } from './run-from-source.ts'

runFromSource('packages/emulator/src/bin.ts')
