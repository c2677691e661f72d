import {
  checkedRun,
  type ProgramRun,
  runProgram,
  startProgram,
  testEmulator,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'

export const liveEnv = (emulator: {
  baseUrl: string
  clientId: string
}): Record<string, string> => ({
  AUTHSEC_BASE_URL: emulator.baseUrl,
  AUTHSEC_AGENT_CLIENT_ID: emulator.clientId,
})

/** What a person sees of the analyst's story, whichever framework runs it. */
export function describeDemo(main: string, framework: string): void {
  const demo = (env: Record<string, string>, args: string[] = []): Promise<ProgramRun> =>
    runProgram(main, args, env)

  // Whole processes, several at once: on a busy machine each takes many times its usual second.
  describe.concurrent(`the demo on ${framework}`, { timeout: 40_000 }, () => {
    it('runs with nothing configured and shows what a person wants to see', async () => {
      const { code, stdout, stderr } = await demo({})
      expect(stderr).toMatch(/\[AuthSec SDK\] \[Mode\] MOCK/)
      expect(stdout).toContain(`Security analyst · ${framework} · AuthSec`)
      expect(stdout).toMatch(/Mode +mock/)
      expect(stdout).toMatch(/Token +tok_[0-9a-f]{8}/)
      expect(stdout).toMatch(/Permissions +metrics:read, records:read/)
      expect(stdout).toMatch(/Expires +\d{4}-\d\d-\d\dT/)
      expect(stdout).toMatch(/Model +scripted \(OPENAI_API_KEY is not set\)/)
      expect(stderr).toMatch(/GET secure-vault metrics: HTTP 200 \(\d+ ms\)/)
      expect(stdout).toMatch(/failed logins/)
      expect(code).toBe(0)
    })

    it('explains itself', async () => {
      const { code, stdout } = await demo({}, ['--help'])
      expect(stdout).toMatch(/--api URL --endpoint PATH/)
      expect(code).toBe(0)
    })

    it('runs live, and reads an endpoint of another API', async () => {
      await using emulator = await testEmulator()
      const args = ['--api', emulator.vaultUrl, '--endpoint', 'metrics']
      const [vault, own] = await Promise.all([
        demo(liveEnv(emulator)),
        demo(liveEnv(emulator), args),
      ])
      expect(vault.stderr).toMatch(/\[Mode\] LIVE/)
      expect(vault.stdout).toMatch(/failed logins/)
      expect(own.stdout).toMatch(/metrics returned an object with the fields period, failed_logins/)
      expect([vault.code, own.code]).toEqual([0, 0])
    })

    it('ends clearly when the token lacks a permission', async () => {
      await using emulator = await testEmulator({ permissions: ['metrics:read'] })
      const { code, stdout } = await demo(liveEnv(emulator))
      expect(stdout).toMatch(
        /✗ The agent's delegation does not include the permission records:read\./,
      )
      expect(stdout).toMatch(/failed logins/)
      expect(code).toBe(1)
    })

    it('ends clearly when the delegation was revoked', async () => {
      await using emulator = await testEmulator()
      emulator.control.revoke()
      const { code, stdout } = await demo(liveEnv(emulator))
      expect(stdout).toMatch(/✗ There is no active delegation/)
      expect(stdout).toMatch(/What to do +Ask the AuthSec administrator/)
      expect(code).toBe(1)
    })

    it('ends clearly when the delegation runs out between the token and the call', async () => {
      await using emulator = await testEmulator()
      const run = startProgram(main, ['--pause'], liveEnv(emulator))
      await run.saw('Press Enter')
      emulator.control.expire()
      run.child.stdin.end('\n')
      const { code, stdout } = checkedRun(await run.ended)
      expect(stdout).toMatch(/✗ The delegation of this agent has expired\./)
      expect(stdout).not.toMatch(/mock|failed logins/i)
      expect(code).toBe(1)
    })
  })
}
