import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ProgramRun,
  plantSecret,
  type RunningProgram,
  runProgram,
  startProgram,
  startRedis,
  testEmulator,
  watch,
} from '@authsec-internal/test-kit'
import { find, readManifests } from './manifests.ts'

const manifests = readManifests()
const SERVICE = 'examples/kubernetes/src/main.ts'

export interface Pod {
  readonly url: string
  readonly metricsUrl: string
  readonly program: RunningProgram
}

/** What the manifests describe, as processes of this machine: Redis, AuthSec with an API, and the pods. */
export async function startTopology({ agents: count = 20, isSlow = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'authsec-kubernetes-'))
  // With what a URL would take for something else.
  const password = `${randomBytes(24).toString('base64url')}/@:#?%41`
  const [first = '', ...clientIds] = Array.from({ length: count }, () => randomUUID())
  const refused = randomUUID()
  const api = { delayMs: 0 }
  const emulator = await testEmulator({
    rateLimit: true,
    clientId: first,
    agents: [
      ...clientIds.map((clientId) => ({ clientId })),
      { clientId: refused, permissions: ['records:read'] },
    ],
    routes: [
      {
        path: '/metrics',
        permission: 'metrics:read',
        handle: () => sleep(api.delayMs, { metrics: [] }),
      },
    ],
  })
  const names = Object.fromEntries([first, ...clientIds].map((id, index) => [`agent-${index}`, id]))
  const agentsFile = join(folder, 'agents.json')
  writeFileSync(agentsFile, JSON.stringify({ ...names, refused }))
  const redis = await startRedis(...redisOptions(folder, password))
  const secrets: Readonly<Record<string, string>> = {
    'token-keys': `2026-11:${randomBytes(32).toString('base64')}`,
    'redis-password': password,
  }
  for (const [name, secret] of Object.entries(secrets)) plantSecret(name, secret)
  const pods: Pod[] = []

  const variables = (port: number, metricsPort: number): Record<string, string> => ({
    ...environment(secrets),
    ...(isSlow && { NODE_OPTIONS: `--import ${new URL('./slow-clock.ts', import.meta.url)}` }),
    // What stands for names of the cluster here.
    AUTHSEC_BASE_URL: emulator.baseUrl,
    AUTHSEC_API_URL: emulator.vaultUrl,
    REDIS_URL: `redis://agents@127.0.0.1:${redis.port}`,
    AGENTS_FILE: agentsFile,
    PORT: String(port),
    METRICS_PORT: String(metricsPort),
  })

  async function startPod(): Promise<Pod> {
    const [port = 0, metricsPort = 0] = await freePorts(2)
    const program = startProgram(SERVICE, [], variables(port, metricsPort))
    await program.saw('Ready as')
    const url = `http://127.0.0.1:${port}/`
    const pod = { url, metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`, program }
    pods.push(pod)
    return pod
  }

  return {
    api,
    redis,
    agents: Object.keys(names),
    startPod,
    /** As many as the Deployment has. */
    startPods: () => Promise.all(Array.from({ length: replicas() }, () => startPod())),
    /** A pod with settings that end its start. */
    startBroken: async (change: Readonly<Record<string, string>>): Promise<ProgramRun> => {
      const [port = 0, metricsPort = 0] = await freePorts(2)
      return runProgram(SERVICE, [], { ...variables(port, metricsPort), ...change })
    },
    /** Requests for tokens that AuthSec had so far. */
    tokenRequests: () => emulator.requests.filter(({ path }) => path.endsWith('/delegation-token')),
    async [Symbol.asyncDispose]() {
      for (const { program } of pods) {
        program.child.kill('SIGKILL')
        watch('pod', await program.ended)
      }
      await redis[Symbol.asyncDispose]()
      await emulator.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function replicas(): number {
  return find(manifests, 'Deployment', 'agents').object.spec.replicas
}

/** The variables that the Deployment gives its container. */
function environment(secrets: Readonly<Record<string, string>>): Record<string, string> {
  const { data } = find(manifests, 'ConfigMap', 'agents').object
  const [container] = find(manifests, 'Deployment', 'agents').object.spec.template.spec.containers
  const fromSecrets = container.env.map(
    ({ name, valueFrom }: { name: string; valueFrom: { secretKeyRef: { key: string } } }) => [
      name,
      secrets[valueFrom.secretKeyRef.key],
    ],
  )
  return { ...data, ...Object.fromEntries(fromSecrets) }
}

/** The lines of redis.conf and the users of the Secret, with a folder and a password of the test. */
function redisOptions(folder: string, password: string): string[] {
  const users: string = find(manifests, 'Secret', 'redis').object.stringData['users.acl']
  const hash = createHash('sha256').update(password).digest('hex')
  const aclFile = join(folder, 'users.acl')
  writeFileSync(aclFile, users.replace('SHA256-OF-PASSWORD', hash))
  const conf: string = find(manifests, 'ConfigMap', 'redis').object.data['redis.conf']
  const lines = conf.split('\n').filter((line) => /^(?!dir |aclfile )\w/.test(line))
  const options = lines.map((line) => line.split(' '))
  return [...options, ['aclfile', aclFile]].flatMap(([name, value = '']) => [`--${name}`, value])
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(
    servers.map((server) => new Promise((resolve) => server.once('listening', resolve))),
  )
  return servers.map((server) => {
    const address = server.address()
    server.close()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
}
