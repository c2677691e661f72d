export { findLeaks, plantSecret, renderings, watch } from './canary.ts'
export {
  inProcessClient,
  inProcessEmulator,
  rejection,
  testClient,
  testEmulator,
  thrown,
} from './emulators.ts'
export type { FakeClock } from './fake-clock.ts'
export { createFakeClock, hastyClock, settle } from './fake-clock.ts'
export type { TestServer } from './http-server.ts'
export { startServer } from './http-server.ts'
export type { ProgramRun, RunningProgram } from './program.ts'
export { checkedRun, runProgram, startProgram } from './program.ts'
