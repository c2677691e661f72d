import type { ApprovalSummary } from '../ciba/decidable-request.ts'
import { ConfigError } from '../errors.ts'
import { findSecrets } from './find-secrets.ts'
import { knownEmulators } from './known-emulators.ts'
import type { TestApprovals } from './test-approvals.ts'
import type { TestCall, TestCalls } from './test-calls.ts'

/** What a matcher tells Vitest and Jest. */
export interface MatcherResult {
  readonly pass: boolean
  message(): string
}

/** What narrows down a call. */
export interface ExpectedCall {
  /** How many such calls there are. Default: at least one. */
  readonly times?: number
  readonly status?: number
}

/**
 * Matchers for `expect.extend` of Vitest and Jest. `@authsec/emulator/testing/vitest` exports them with types
 * for Vitest.
 *
 * - `expect(calls).toHaveCalled('GET', '/records/42', { times: 1, status: 200 })`
 * - `expect(approvals).toHaveBeenApproved(/Refund/)`, `toHaveBeenDenied`: a question whose message matches
 * - `expect(anything).toContainNoSecrets()`: of the emulators of `withEmulator` in this test file
 */
export const authsecMatchers = {
  toHaveCalled(
    received: unknown,
    method: string,
    path: string,
    { times, status }: ExpectedCall = {},
  ): MatcherResult {
    const { all } = partOf<TestCalls>(received, 'toHaveCalled', 'calls')
    const asked = path.startsWith('/') ? path : `/${path}`
    const found = all.filter(
      (call) =>
        call.method === method.toUpperCase() &&
        call.path === asked &&
        (status === undefined || call.status === status),
    )
    const wanted = `${method.toUpperCase()} ${asked}${status === undefined ? '' : ` with status ${status}`}`
    const often = times === undefined ? 'at least once' : `${times} times`
    const pass = times === undefined ? found.length > 0 : found.length === times
    return {
      pass,
      message: () =>
        `Expected ${pass ? 'no' : 'a'} call of ${wanted} ${often}, and it was made ${found.length} times. ${listOf('The calls', all.map(shownCall))}`,
    }
  },
  toHaveBeenApproved: (received: unknown, message?: string | RegExp): MatcherResult =>
    decided('toHaveBeenApproved', received, message, ['approved', 'consumed', 'auto_approved']),
  toHaveBeenDenied: (received: unknown, message?: string | RegExp): MatcherResult =>
    decided('toHaveBeenDenied', received, message, ['denied']),
  toContainNoSecrets(received: unknown): MatcherResult {
    const found = findSecrets(received, knownEmulators())
    const pass = found.length === 0
    const lines = found.map(({ name, place }) => `${name}, in ${place}`)
    return {
      pass,
      message: () =>
        pass
          ? `Expected a secret of the ${knownEmulators().length} emulators so far, and found none.`
          : listOf('Expected no secrets, and found', lines),
    }
  },
} as const

function decided(
  matcher: string,
  received: unknown,
  message: string | RegExp | undefined,
  statuses: readonly string[],
): MatcherResult {
  const { all } = partOf<TestApprovals>(received, matcher, 'approvals')
  const asked = all.filter(({ bindingMessage }) => isMatch(bindingMessage, message))
  const pass = asked.some(({ status }) => statuses.includes(status))
  const about = message === undefined ? '' : ` about ${message}`
  return {
    pass,
    message: () =>
      `Expected ${pass ? 'no question' : 'a question'}${about} that was ${statuses[0]}. ${listOf('The questions', all.map(shownQuestion))}`,
  }
}

function isMatch(text: string, expected: string | RegExp | undefined): boolean {
  if (expected === undefined) return true
  return typeof expected === 'string' ? text.includes(expected) : expected.test(text)
}

/** The ID stays out: failure messages are printed and stored. */
function shownQuestion({ bindingMessage, user, status }: ApprovalSummary): string {
  return `${JSON.stringify(bindingMessage)} to ${user}: ${status}`
}

function shownCall({ method, path, status }: TestCall): string {
  return `${method} ${path}: ${status}`
}

function listOf(title: string, lines: readonly string[]): string {
  return lines.length === 0
    ? `${title}: none.`
    : `${title}:\n${lines.map((line) => `- ${line}`).join('\n')}`
}

function partOf<Part extends { readonly all: readonly unknown[] }>(
  received: unknown,
  matcher: string,
  name: string,
): Part {
  if (Array.isArray(Object(received).all)) return received as Part
  throw new ConfigError({
    code: 'config_invalid',
    message: `${matcher} was called with something other than ${name} of withEmulator.`,
    hint: `Write expect(${name}).${matcher}(…) with the ${name} that withEmulator passes to the test.`,
  })
}
