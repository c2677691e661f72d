export type { Io } from './output/io.ts'
export { runAuthSec } from './run-authsec.ts'
