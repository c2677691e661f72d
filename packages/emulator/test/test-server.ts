import type { Clock, EmulatorOptions } from '../src/index.ts'
import { createEmulator, type EmulatorHandler, startEmulator } from '../src/index.ts'

/** An emulator over either transport, with the same methods. */
export interface TestServer extends Omit<EmulatorHandler, 'fetch'>, AsyncDisposable {
  get(path: string, init?: RequestInit): Promise<Response>
  /** Requests the delegation token of the agent. */
  pull(init?: RequestInit): Promise<Response>
}

export type StartServer = (options?: EmulatorOptions) => Promise<TestServer>

export const overHttp: StartServer = async (options) => {
  const emulator = await startEmulator(options)
  return testServer(emulator, (path, init) => fetch(emulator.baseUrl + path, init), emulator.close)
}

export const inProcess: StartServer = async (options) => {
  const { fetch: answer, ...emulator } = createEmulator(options)
  const ask: TestServer['get'] = (path, init) =>
    answer(new Request(`http://emulator.test${path}`, init))
  return testServer(emulator, ask, async () => undefined)
}

export const transports: readonly [string, StartServer][] = [
  ['over HTTP', overHttp],
  ['in process', inProcess],
]

function testServer(
  emulator: Omit<EmulatorHandler, 'fetch'>,
  ask: TestServer['get'],
  close: () => Promise<void>,
): TestServer {
  const get: TestServer['get'] = (path, init) => ask(path, { redirect: 'manual', ...init })
  const { clientId, tenantId, control, requests } = emulator
  return {
    ...emulator,
    clientId,
    tenantId,
    control,
    requests,
    get,
    pull: (init) => get(`/authsec/uflow/sdk/delegation-token?client_id=${clientId}`, init),
    [Symbol.asyncDispose]: close,
  }
}

/** A clock of whole milliseconds whose time of day the test decides. Its timers run in real time. */
export function clockAt(now: () => number): Clock {
  return {
    now,
    monotonic: now,
    setTimeout(callback, ms) {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
  }
}

/** A POST with a JSON body, as the approval flows expect. */
export function json(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }
}

export function bearer(token: string): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } }
}

/** The fields of a delegation that the tests read. */
export interface DelegationAnswer {
  token: string
  expires_at: string
  client_id: string
}

export async function delegationOf(
  answer: Response | Promise<Response>,
): Promise<DelegationAnswer> {
  return (await (await answer).json()) as DelegationAnswer
}

/** The status, the JSON body and the headers of a response. */
export async function read(
  answer: Response | Promise<Response>,
): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> {
  const response = await answer
  const body = (await response.json()) as Record<string, unknown>
  return { status: response.status, body, headers: response.headers }
}
