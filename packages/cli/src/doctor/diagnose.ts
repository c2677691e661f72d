import {
  type AuthSecClient,
  AuthSecError,
  createAuthSecClientFromEnv,
  type DelegationToken,
} from '@authsec/core'
import { ownStore } from '../settings/client.ts'
import { variable } from '../settings/settings.ts'
import { bounded } from './bounded.ts'
import { checkBaseUrl, checkClientId, uuidOf } from './checks/address.ts'
import { type ApiSaid, checkApiCall, checkProtected } from './checks/api-call.ts'
import { checkApiUrl, checkForgery, reachApi } from './checks/api-reach.ts'
import { checkApprovals } from './checks/approvals.ts'
import { checkAuditLog } from './checks/audit-log.ts'
import { checkDelegation } from './checks/delegation.ts'
import { checkEnvironment } from './checks/environment.ts'
import { checkGrants, neededPermissions } from './checks/grants.ts'
import { checkMode } from './checks/mode.ts'
import { checkPackages } from './checks/packages.ts'
import { checkProxy } from './checks/proxy.ts'
import { checkServer } from './checks/server.ts'
import { checkSignature } from './checks/signature.ts'
import { checkStore } from './checks/store.ts'
import type { Inputs, Target } from './inputs.ts'
import { Findings, type Report } from './report.ts'

/** The longest time of a check, in steps of the network: name, connection, tunnel, TLS, answer. */
const STEPS = 6

/**
 * Looks at everything that keeps an agent from its token or its API. Checks that do not depend on one another run side
 * by side; each ends in a bounded time. A check whose ground is missing is left out, so that one fault is one finding.
 */
export async function diagnose(inputs: Inputs): Promise<Report> {
  const findings = new Findings()
  checkEnvironment(inputs, findings)
  const mode = checkMode(inputs, findings)
  const needed = await neededPermissions(inputs, findings)
  const { env } = inputs.settings
  const way = checkProxy(env, inputs.timeoutMs, findings)
  const target = mode === 'live' && way ? targetOf(inputs, way, findings) : undefined
  const apiText = variable(env, 'AUTHSEC_API_URL')
  const apiUrl = apiText === undefined ? undefined : checkApiUrl(apiText, findings)
  const api = apiUrl && way && mode === 'live' ? { url: apiUrl, way } : undefined
  const end = { findings, timeoutMs: inputs.timeoutMs * STEPS }
  const run = new Checks(inputs, needed, findings)
  await Promise.all([
    bounded('packages', end, async () => checkPackages(inputs, findings, mode)),
    bounded('audit log', end, () => checkAuditLog(inputs, findings)),
    bounded('store', end, (signal) => checkStore(inputs, findings, signal)),
    bounded('network', end, (signal) => run.network(target, api, signal)),
  ])
  return findings.report()
}

/** The protected API, and the way to it. */
interface Api {
  readonly url: URL
  readonly way: Target['way']
}

/** The settings, if they can work. Each that cannot is a finding. */
function targetOf(inputs: Inputs, way: Target['way'], findings: Findings): Target | undefined {
  const { env } = inputs.settings
  const [baseUrl, id] = [
    variable(env, 'AUTHSEC_BASE_URL'),
    variable(env, 'AUTHSEC_AGENT_CLIENT_ID'),
  ]
  const authSecUrl = baseUrl === undefined ? undefined : checkBaseUrl(baseUrl, findings)
  const clientId = id === undefined ? undefined : checkClientId(id, findings)
  const tenant = variable(env, 'AUTHSEC_TENANT_ID')
  const tenantId = tenant === undefined ? undefined : uuidOf(tenant)
  if (tenant !== undefined && tenantId === undefined) {
    findings.add('setting_invalid', { seen: 'AUTHSEC_TENANT_ID is not a UUID' })
    return undefined
  }
  if (!authSecUrl || !clientId) return undefined
  const apiToken = variable(env, 'AUTHSEC_API_TOKEN')
  // A value in quotation marks is checked without them, and no client accepts it.
  if (findings.has('value_quoted')) return undefined
  return { env, authSecUrl, clientId, tenantId, apiToken, way }
}

class Checks {
  readonly #inputs: Inputs
  readonly #needed: readonly string[]
  readonly #findings: Findings

  constructor(inputs: Inputs, needed: readonly string[], findings: Findings) {
    this.#inputs = inputs
    this.#needed = needed
    this.#findings = findings
  }

  async network(
    target: Target | undefined,
    api: Api | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const said: ApiSaid = { completed: undefined }
    const client = target && this.#client(target, api?.url, said)
    try {
      const token = client && target ? this.#authSec(client, target, signal) : undefined
      await Promise.all([token, api && this.#api(api, { client, said, token, signal })])
    } finally {
      await client?.close()
    }
  }

  /** The client of the agent; what it refuses is a finding, too. */
  #client(target: Target, apiUrl: URL | undefined, said: ApiSaid): AuthSecClient | undefined {
    const { timeoutMs } = this.#inputs
    const resources = apiUrl ? [{ baseUrl: apiUrl.href, timeoutMs }] : []
    try {
      return createAuthSecClientFromEnv(
        { ...target.env, AUTHSEC_MODE: 'live' },
        {
          ...ownStore(target.env),
          resources,
          timeoutMs,
          maxTokenLifetimeSeconds: 315_360_000,
          onEvent: (event) => {
            if (event.type === 'request.completed') said.completed = event
          },
        },
      )
    } catch (error) {
      if (!AuthSecError.isInstance(error)) throw error
      this.#findings.add('setting_invalid', { seen: error.message, fix: error.hint })
      return undefined
    }
  }

  /** The server, then the token and the approvals, then what the token is good for. */
  async #authSec(
    client: AuthSecClient,
    target: Target,
    signal: AbortSignal,
  ): Promise<DelegationToken | undefined> {
    const findings = this.#findings
    if (!(await checkServer(target, findings))) return undefined
    const [token] = await Promise.all([
      checkDelegation(client, findings, signal),
      checkApprovals(this.#inputs, target, findings),
    ])
    if (!token) return undefined
    checkGrants(this.#inputs, this.#needed, token, findings)
    await checkSignature(target, token, findings)
    return token
  }

  async #api(
    { url: base, way }: Api,
    parts: {
      readonly client: AuthSecClient | undefined
      readonly said: ApiSaid
      readonly token: Promise<DelegationToken | undefined> | undefined
      readonly signal: AbortSignal
    },
  ): Promise<void> {
    const endpoint = this.#inputs.endpoint?.replace(/^\/+/, '')
    const findings = this.#findings
    const url = URL.parse(endpoint ?? '', base.href)
    if (!url?.href.startsWith(base.href)) {
      findings.add('api_endpoint_missing', { seen: '--endpoint leads out of the API' })
      return
    }
    const answer = await reachApi(url, way, findings)
    const token = await parts.token
    if (!answer) return
    checkProtected(answer, endpoint, findings)
    if (!token || !parts.client) return
    const { client, said, signal } = parts
    const isAccepted = await checkApiCall(client, said, { endpoint, token, signal }, findings)
    if (isAccepted && answer.status >= 400) await checkForgery(url, way, token, findings)
  }
}
