/**
 * One call of the built packages in mock mode, for runtimes other than Node.js:
 * `bun internal/docs-check/src/runtime-smoke.ts`. Exits with 1 when the call does not succeed.
 */
import { createAuthSecClientFromEnv } from '@authsec/core'

const client = createAuthSecClientFromEnv({ AUTHSEC_MODE: 'mock' })
// The only resource of mock mode is the emulator's secure-vault: this is GET secure-vault/metrics.
const { ok, status } = await client.secureFetch({ endpoint: 'metrics' })
process.stdout.write(`secure-vault/metrics answered ${status}\n`)
process.exitCode = ok && status === 200 ? 0 : 1
