import { randomUUID } from 'node:crypto'
import type { EmulatorAgent } from '../delegation/agent-options.ts'
import { type Emulator, type StartEmulatorOptions, startEmulator } from '../start-emulator.ts'
import { invalidOption } from '../support/option-checks.ts'
import { object } from '../support/option-values.ts'
import { assertNoSecrets } from './find-secrets.ts'
import { remember } from './known-emulators.ts'
import { type TestApprovals, testApprovals } from './test-approvals.ts'
import { type TestCalls, testCalls } from './test-calls.ts'
import { createTestClock, type TestClock } from './test-clock.ts'

/** A further agent of a test. Its client ID is random. */
export type TestAgent = Omit<EmulatorAgent, 'clientId'>

/** The options of an emulator for a test. All of them are optional. */
export interface WithEmulatorOptions<Name extends string = never>
  extends Omit<StartEmulatorOptions, 'agents' | 'clock'> {
  /** Further agents by name, beside the one of `env`, such as `{ auditor: { permissions: ['audit:read'] } }`. Default: none. */
  readonly agents?: Readonly<Record<Name, TestAgent>>
  /** The clock of the emulator. Default: `createTestClock()`. */
  readonly clock?: TestClock
}

/** The variables of `createAuthSecClientFromEnv`, for a client in live mode. */
export interface TestEnv extends Readonly<Record<string, string>> {
  readonly AUTHSEC_MODE: 'live'
  readonly AUTHSEC_BASE_URL: string
  readonly AUTHSEC_AGENT_CLIENT_ID: string
  /** The protected API of the emulator, with your own routes. */
  readonly AUTHSEC_API_URL: string
}

/** What a test gets. */
export interface EmulatorTest<Name extends string = never> {
  readonly emulator: Emulator
  /** For `createAuthSecClientFromEnv(env, { clock })`, or for the environment of a program. */
  readonly env: TestEnv
  /** The same for the further agents, by name. */
  readonly agents: Readonly<Record<Name, TestEnv>>
  readonly approvals: TestApprovals
  readonly calls: TestCalls
  /** Pass it to the client, too: then polls take a tenth of their time, and `advance` moves both. */
  readonly clock: TestClock
  /**
   * Throws when a client ID, a token, an `auth_req_id` or another secret of this emulator is anywhere in a
   * value: in texts, objects, errors, Maps, class instances and bytes, also in base64, in hexadecimal,
   * percent-encoded or in escapes.
   */
  expectNoSecrets(value: unknown): void
}

/**
 * Starts an emulator on a free port of this process, runs a test with it, and closes it, also when the
 * test throws. The emulator has no rate limit and a poll interval of 1 s, unless `options` set them.
 *
 * Rejects with what the test throws, and with a `ConfigError` for an option that is unknown or wrong.
 *
 * @returns What the test returns.
 *
 * @example
 * ```ts
 * import { withEmulator } from '@authsec/emulator/testing'
 *
 * await withEmulator({ permissions: ['records:read'] }, async ({ env, calls, expectNoSecrets }) => {
 *   const response = await fetch(`${env.AUTHSEC_API_URL}records`)
 *   console.log(response.status, calls.all.length) // 401 1
 *   expectNoSecrets(await response.text())
 * })
 * ```
 */
export async function withEmulator<Result, Name extends string = never>(
  options: WithEmulatorOptions<Name>,
  run: (test: EmulatorTest<Name>) => Result | Promise<Result>,
): Promise<Result>
export async function withEmulator<Result>(
  run: (test: EmulatorTest) => Result | Promise<Result>,
): Promise<Result>
export async function withEmulator<Result, Name extends string = never>(
  ...given:
    | [WithEmulatorOptions<Name>, (test: EmulatorTest<Name>) => Result | Promise<Result>]
    | [(test: EmulatorTest<Name>) => Result | Promise<Result>]
): Promise<Result> {
  const [options, run] = given.length === 1 ? [{}, given[0]] : given
  object(options, 'the options')
  if (typeof run !== 'function') {
    const hint =
      'Pass a function that gets the emulator: withEmulator(options, async ({ env }) => { … }).'
    throw invalidOption('The test of withEmulator', 'is not a function', hint)
  }
  const { agents: named, clock = createTestClock(), ...rest } = options
  const agents = Object.entries<TestAgent>(named ?? {}).map(([name, agent]) => ({
    name,
    agent: { ...agent, clientId: randomUUID() },
  }))
  const emulator = await startEmulator({
    rateLimit: false,
    pollIntervalSeconds: 1,
    ...rest,
    clock,
    agents: agents.map(({ agent }) => agent),
  })
  remember(emulator)
  try {
    return await run({
      emulator,
      env: envOf(emulator, emulator.clientId),
      agents: Object.fromEntries(
        agents.map(({ name, agent }) => [name, envOf(emulator, agent.clientId)]),
      ) as Record<Name, TestEnv>,
      approvals: testApprovals(emulator.control),
      calls: testCalls(emulator.requests),
      clock,
      expectNoSecrets: (value) => assertNoSecrets(value, [emulator]),
    })
  } finally {
    await emulator.close()
  }
}

function envOf({ baseUrl, vaultUrl }: Emulator, clientId: string): TestEnv {
  return {
    AUTHSEC_MODE: 'live',
    AUTHSEC_BASE_URL: baseUrl,
    AUTHSEC_AGENT_CLIENT_ID: clientId,
    AUTHSEC_API_URL: vaultUrl,
  }
}
