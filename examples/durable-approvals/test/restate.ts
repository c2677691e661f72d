import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** A Restate server of its own, on this computer, with an empty data directory. */
export interface RestateServer extends AsyncDisposable {
  /** Where calls come in. */
  readonly ingress: string
  /** Tells the server where a worker listens. A later worker at the same place takes over its runs. */
  register(worker: string): Promise<void>
  /** All that the server has stored and shows to everybody who reaches its admin port, as text. */
  journal(): Promise<string>
  /** What an invocation has done so far, such as `Command: Sleep`. */
  steps(invocation: string): Promise<string[]>
}

/** The program that comes with the package for this platform, if there is one. */
export function restateBinary(): string | undefined {
  const wrapper = createRequire(import.meta.url).resolve('@restatedev/restate-server/package.json')
  const platform = `@restatedev/restate-server-${process.platform}-${process.arch}`
  try {
    return createRequire(wrapper).resolve(`${platform}/bin/restate-server`)
  } catch {
    return undefined
  }
}

export async function startRestate(binary: string): Promise<RestateServer> {
  const [ingressPort, adminPort, nodePort] = await freePorts(3)
  const directory = mkdtempSync(join(tmpdir(), 'restate-'))
  const child = spawn(binary, ['--no-logo', '--base-dir', directory], {
    stdio: 'ignore',
    env: {
      RESTATE_DISABLE_TELEMETRY: 'true',
      RESTATE_LISTEN_MODE: 'tcp',
      RESTATE_NODE_NAME: 'example',
      RESTATE_DEFAULT_NUM_PARTITIONS: '1',
      RESTATE_SHUTDOWN_TIMEOUT: '5s',
      RESTATE_BIND_ADDRESS: `127.0.0.1:${nodePort}`,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingressPort}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${adminPort}`,
      RESTATE_ADMIN__DISABLE_WEB_UI: 'true',
    },
  })
  const admin = `http://127.0.0.1:${adminPort}`
  const ingress = `http://127.0.0.1:${ingressPort}`
  const query = (sql: string) => post(`${admin}/query`, { query: sql })
  const stop = () => stopServer(child, directory)
  try {
    await Promise.all([isUp(`${admin}/health`), isUp(`${ingress}/restate/health`)])
  } catch (error) {
    await stop()
    throw error
  }
  return {
    ingress,
    register: async (worker) => void (await post(`${admin}/deployments`, { uri: worker })),
    async journal() {
      const tables = ['sys_journal', 'sys_journal_events', 'sys_invocation', 'state', 'sys_promise']
      const answers = await Promise.all(tables.map((table) => query(`select * from ${table}`)))
      return answers.map(withDecodedBytes).join('\n')
    },
    async steps(invocation) {
      const answer = await query(
        `select entry_type from sys_journal where id = '${invocation}' order by index`,
      )
      const { rows }: { rows: { entry_type: string }[] } = JSON.parse(answer)
      return rows.map(({ entry_type }) => entry_type)
    },
    [Symbol.asyncDispose]: stop,
  }
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => new Promise((done) => server.once('listening', done))))
  const ports = servers.map((server) => Number(Object(server.address()).port))
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return ports
}

async function stopServer(child: ChildProcess, directory: string): Promise<void> {
  const ended = new Promise((done) => child.once('exit', done))
  if (child.exitCode === null && child.kill('SIGTERM')) await ended
  rmSync(directory, { recursive: true, force: true })
}

async function isUp(url: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
    await delay(50)
  }
  throw new Error(`The Restate server does not answer at ${url}.`)
}

async function post(url: string, body: object): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`)
  return text
}

/** Binary columns are shown as hexadecimal digits, and payloads as lists of bytes. */
function withDecodedBytes(json: string): string {
  const hex = [...json.matchAll(/"((?:[0-9a-f]{2}){8,})"/g)].map(([, digits = '']) =>
    Buffer.from(digits, 'hex'),
  )
  const lists = [...json.matchAll(/\[(\d{1,3}(?:,\d{1,3}){8,})\]/g)].map(([, bytes = '']) =>
    Buffer.from(bytes.split(',').map(Number)),
  )
  return [json, ...[...hex, ...lists].map((bytes) => bytes.toString('latin1'))].join('\n')
}
