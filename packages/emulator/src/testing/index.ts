export type { ExpectedCall, MatcherResult } from './matchers.ts'
export { authsecMatchers } from './matchers.ts'
export type { AnswerOptions, TestAnswer, TestApprovals } from './test-approvals.ts'
export type { TestCall, TestCalls } from './test-calls.ts'
export type { TestClock, TestClockOptions } from './test-clock.ts'
export { createTestClock } from './test-clock.ts'
export type {
  EmulatorTest,
  TestAgent,
  TestEnv,
  WithEmulatorOptions,
} from './with-emulator.ts'
export { withEmulator } from './with-emulator.ts'
