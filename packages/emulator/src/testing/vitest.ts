import type { ExpectedCall } from './matchers.ts'

/**
 * `authsecMatchers` with types for Vitest 5. Nothing of Vitest is loaded:
 * `expect.extend(authsecMatchers)` is up to the test, or to a file in `setupFiles`.
 */
export { authsecMatchers } from './matchers.ts'

export interface AuthSecMatchers<R> {
  /** Of `calls`: whether the protected API was called in this way. The path is below the API. */
  toHaveCalled(method: string, path: string, expected?: ExpectedCall): R
  /** Of `approvals`: whether a question was approved, one whose message holds the text or matches. */
  toHaveBeenApproved(message?: string | RegExp): R
  /** Of `approvals`: whether a question was denied, one whose message holds the text or matches. */
  toHaveBeenDenied(message?: string | RegExp): R
  /** Of anything: whether no secret of the emulators of `withEmulator` in this file is in it. */
  toContainNoSecrets(): R
}

declare module 'vitest' {
  // Declarations of one interface have the same parameters: these are of Vitest 5.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown>
    extends AuthSecMatchers<R> {}
}
