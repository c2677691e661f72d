/** `pnpm demo [options]` */
import { runFromSource } from './run-from-source.ts'

runFromSource('apps/langchain-agent/src/main.ts')
