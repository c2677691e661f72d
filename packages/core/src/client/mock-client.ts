import type { AuthSecClientOptions } from '../config/client-options.ts'
import { type ClientConfig, createConfig } from '../config/config.ts'
import type { EnvironmentChoice } from '../config/environment.ts'
import { createEmitter } from '../events.ts'
import { isLocalUrl } from '../network/network-guard.ts'
import type { ResourceOptions } from '../policy/resource-policy.ts'
import { fingerprint } from '../support/fingerprint.ts'
import { assembleClient } from './assemble-client.ts'
import type { AuthSecClient } from './client.ts'
import type { Foundation } from './client-parts.ts'
import { foundationOf } from './create-client.ts'
import { createMockServer, type EmulatorHandle } from './mock-server.ts'

/** A reserved name (RFC 6761): in mock mode nothing can leave the process even by mistake. */
const MOCK_BASE_URL = 'https://mock.authsec.invalid'
const MOCK_VAULT: ResourceOptions = {
  name: 'secure-vault',
  baseUrl: `${MOCK_BASE_URL}/secure-vault/`,
}

type MockOptions = Partial<Omit<AuthSecClientOptions, 'baseUrl'>> & {
  readonly emulator?: EmulatorHandle | undefined
}

/** The same client, on a transport that ends in the emulator. `announce: false` is for all but the first of a pool. */
export function createMockClient(
  { emulator, tenantId: _ofLive, proxy: _ofLiveToo, ...overrides }: MockOptions,
  choice: EnvironmentChoice & { mode: 'mock' },
  { announce, budgetsOf }: { announce: boolean } & Pick<Foundation, 'budgetsOf'> = {
    announce: true,
  },
): AuthSecClient {
  const clientId = emulator?.clientId ?? overrides.clientId ?? crypto.randomUUID()
  const api = emulator ? undefined : localApi(choice.apiUrl)
  const mockServer = createMockServer(clientId, api?.href)
  const server = async (): Promise<EmulatorHandle> => emulator ?? mockServer()
  const options: AuthSecClientOptions = {
    resources: [api ? { baseUrl: api.href } : MOCK_VAULT],
    ...overrides,
    baseUrl: MOCK_BASE_URL,
    clientId,
    fetch: async (input, init) =>
      (await server()).fetch(new Request(api ? vaultUrl(input, api) : input, init)),
  }
  const config = createConfig(options)
  if (announce) announceMock(options, config, choice, api)
  return assembleClient({ ...foundationOf(options, config, 'mock'), budgetsOf }, config)
}

function announceMock(
  { onEvent }: AuthSecClientOptions,
  config: ClientConfig,
  choice: EnvironmentChoice & { mode: 'mock' },
  api: URL | undefined,
): void {
  const data = api
    ? `calls of ${api.host} go to that API on this computer.`
    : 'its data is invented.'
  const isIgnored = choice.ignoresLiveVariables || (choice.apiUrl !== undefined && !api)
  const ignored = isIgnored ? ' The AUTHSEC_* server variables are ignored.' : ''
  const client = fingerprint('cid', config.clientId)
  createEmitter(onEvent, { client, now: config.clock.now })({
    type: 'warning',
    code: 'mock_mode',
    message: `MOCK: a local emulator answers, its tokens open no real API, ${data}${ignored}`,
  })
}

/**
 * AUTHSEC_API_URL, if it is an API on this computer: the only kind that mock mode may call. It ends in a
 * slash.
 */
function localApi(apiUrl: string | undefined): URL | undefined {
  if (apiUrl === undefined || !URL.canParse(apiUrl)) return undefined
  const url = new URL(apiUrl)
  if (!isLocalUrl(url) || url.search !== '' || url.hash !== '') return undefined
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

/** The URL at the emulator that stands for one of the API: its vault verifies the token and forwards. */
function vaultUrl(input: string, api: URL): string {
  return input.startsWith(api.href) ? MOCK_VAULT.baseUrl + input.slice(api.href.length) : input
}
