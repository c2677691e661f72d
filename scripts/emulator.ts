/** `pnpm emulator [options]` */
import { runFromSource } from './run-from-source.ts'

process.exitCode = await runFromSource('packages/emulator/src/bin.ts')
