import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningProgram, startProgram, testEmulator, watch } from '@authsec-internal/test-kit'
import type { RestateServer } from './restate.ts'

const WORKER = 'examples/durable-approvals/src/worker.ts'

/** AuthSec, a protected API and a person as the emulator has them, and workers that come and go. */
export async function setUpBank(restate: RestateServer, port: number) {
  let offset = 0
  let closed = 0
  const emulator = await testEmulator({
    clock: {
      now: () => Date.now() + offset,
      monotonic: () => performance.now() + offset,
      setTimeout(run, ms) {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      },
    },
    permissions: ['accounts:close'],
    pollIntervalSeconds: 1,
    routes: [
      {
        method: 'DELETE',
        path: '/accounts/:id',
        permission: 'accounts:close',
        handle({ params }) {
          closed += 1
          return { closed: params['id'] }
        },
      },
    ],
  })
  const { control, requests, baseUrl, clientId, vaultUrl } = emulator
  const directory = mkdtempSync(join(tmpdir(), 'authsec-store-'))
  const key = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
  const workers: RunningProgram[] = []

  async function startWorker(
    env: Readonly<Record<string, string>> = {},
    script = WORKER,
  ): Promise<RunningProgram> {
    const worker = startProgram(script, [], {
      AUTHSEC_BASE_URL: baseUrl,
      AUTHSEC_AGENT_CLIENT_ID: clientId,
      AUTHSEC_API_URL: vaultUrl,
      AUTHSEC_APPROVAL_KEYS: `test:${key}`,
      APPROVER: 'approver@example.com',
      STORE_DIRECTORY: join(directory, 'store'),
      PORT: String(port),
      ...env,
    })
    workers.push(worker)
    await worker.saw('The worker listens')
    await restate.register(`http://127.0.0.1:${port}`)
    return worker
  }

  async function kill(worker: RunningProgram): Promise<void> {
    worker.child.kill('SIGKILL')
    watch('worker', await worker.ended)
  }

  return {
    control,
    startWorker,
    kill,
    /** Time passes at the server. */
    pass(ms: number): void {
      offset += ms
    },
    questions: () => control.approvals().map(({ status }) => status),
    polls: () => requests.filter(({ path }) => path.endsWith('/ciba/token')).length,
    /** The closed accounts as the protected API counts them. */
    closed: () => closed,
    /** Everything by which somebody could act as the agent or as the approver. */
    secrets: () => [
      clientId,
      key,
      ...control.issuedSecrets,
      ...control.approvals().map(({ authReqId }) => authReqId),
    ],
    async [Symbol.asyncDispose]() {
      for (const worker of workers) await kill(worker)
      await emulator.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
