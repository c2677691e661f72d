import { bareHost, isForbiddenHost, isLoopbackAddress } from './forbidden-addresses.ts'

/**
 * Which requests go through a proxy. `@authsec/core` and `@authsec/verify` cannot import each other, so each
 * has this file, and a test of verify holds the two equal.
 */
export interface ProxyRules {
  /** The proxy, without user name and password. */
  readonly url: URL
  /** The value of `Proxy-Authorization`; a secret. */
  readonly authorization: string | undefined
  /** Where the address comes from, for errors: they never repeat it. */
  readonly source: string
  /** Hosts that are reached without the proxy. */
  readonly exceptions: readonly Exception[]
}

interface Exception {
  /** `*`, a name, an IPv4 address, `.example.com`, or a range of IPv4 addresses. */
  readonly host: string
  readonly port: string | undefined
}

/** The rules, and the variable that names a proxy which nobody asked to be used. */
export interface ProxyChoice {
  readonly rules?: ProxyRules | undefined
  readonly unusedVariable?: string | undefined
}

type Env = Readonly<Record<string, string | undefined>>

const VARIABLES = ['https_proxy', 'HTTPS_PROXY']
const OTHER_VARIABLES = ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY']

/**
 * The proxy for https: the option, else the variables of Node.js if it is told to use them
 * (`NODE_USE_ENV_PROXY=1` or `--use-env-proxy`). `NO_PROXY` holds for both. `refuse` throws.
 */
export function chooseProxy(
  option: string | URL | false | undefined,
  env: Env,
  refuse: (field: string, problem: string) => Error,
): ProxyChoice {
  if (option === false) return {}
  const exceptions = exceptionsOf(env['no_proxy'] || env['NO_PROXY'] || '')
  const rulesOf = (value: string, source: string): ProxyRules => {
    const proxy = parseProxy(value)
    if (typeof proxy === 'string') throw refuse(source, proxy)
    return Object.freeze({ ...proxy, source, exceptions })
  }
  if (option !== undefined) return { rules: rulesOf(String(option), 'proxy') }
  const isSet = (name: string): boolean => Boolean(env[name]?.trim())
  const variable = VARIABLES.find(isSet)
  if (variable === undefined || !isToldToUseVariables(env)) {
    return { unusedVariable: variable ?? OTHER_VARIABLES.find(isSet) }
  }
  return { rules: rulesOf(env[variable] ?? '', variable) }
}

function isToldToUseVariables(env: Env): boolean {
  const flags = [
    ...(globalThis.process?.execArgv ?? []),
    ...(env['NODE_OPTIONS'] ?? '').split(/\s/),
  ]
  return env['NODE_USE_ENV_PROXY']?.trim() === '1' || flags.includes('--use-env-proxy')
}

/** The proxy, or what is wrong with the text. */
function parseProxy(text: string): Pick<ProxyRules, 'url' | 'authorization'> | string {
  const url = URL.parse(text.trim())
  if (!url || !/^https?:$/.test(url.protocol))
    return 'must be a URL that begins with http:// or https://'
  if (url.pathname !== '/' || url.search || url.hash)
    return 'must not have a path, a query or a fragment'
  if (isForbiddenHost(url.hostname)) return 'must not name a link-local or metadata address'
  const credentials = credentialsOf(url)
  if (credentials === null) return 'has a user name or a password with a wrong percent escape'
  const authorization =
    credentials === undefined ? undefined : `Basic ${btoa(String.fromCharCode(...credentials))}`
  return { url: new URL(url.origin), authorization }
}

/** `undefined` without credentials, `null` for those that cannot be read. */
function credentialsOf({ username, password }: URL): Uint8Array | undefined | null {
  if (!username && !password) return undefined
  try {
    const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    return new TextEncoder().encode(text)
  } catch {
    return null
  }
}

function exceptionsOf(text: string): Exception[] {
  return text
    .split(/[,\s]+/)
    .filter((entry) => entry !== '')
    .map(exceptionOf)
}

function exceptionOf(entry: string): Exception {
  const isBareIPv6 = !entry.startsWith('[') && /:.*:/.test(entry)
  const [, host = entry, port] = (isBareIPv6 ? undefined : /^(.+):(\d+)$/.exec(entry)) ?? []
  return { host: bareHost(host.toLowerCase()).replace(/^\*\./, '.'), port }
}

/** Never for this machine. Everything else is https, which goes inside a tunnel that the proxy cannot read. */
export function usesProxy({ exceptions }: ProxyRules, url: URL): boolean {
  const host = bareHost(url.hostname)
  if (host === 'localhost' || host.endsWith('.localhost') || isLoopbackAddress(host)) return false
  const port = url.port || '443'
  return !exceptions.some(
    (exception) => (exception.port ?? port) === port && matches(exception.host, host),
  )
}

function matches(pattern: string, host: string): boolean {
  if (pattern === '*' || pattern === host) return true
  if (pattern.startsWith('.')) return host.endsWith(pattern) || host === pattern.slice(1)
  const [from, to] = pattern.split('-').map(numberOf)
  const address = numberOf(host)
  if (from === undefined || to === undefined || address === undefined) return false
  return from <= address && address <= to
}

function numberOf(address: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return undefined
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

/** What to look at when a server could not be reached, or was reached and TLS failed. */
export function proxyAdvice(
  { rules, unusedVariable }: ProxyChoice,
  url: URL,
  isReached: boolean,
): string | undefined {
  if (rules) {
    const source = rules.source === 'proxy' ? 'the option `proxy`' : rules.source
    return usesProxy(rules, url)
      ? `The request goes through the proxy of ${source}: check that the proxy runs and knows this server.`
      : undefined
  }
  const host = bareHost(url.hostname)
  if (host === 'localhost' || isLoopbackAddress(host)) return undefined
  if (unusedVariable === undefined) {
    if (isReached) return undefined
    return 'If only a proxy leads to this server, set the option `proxy` (of agents: AUTHSEC_PROXY).'
  }
  const missing = VARIABLES.includes(unusedVariable) ? '' : 'HTTPS_PROXY with '
  return `${unusedVariable} is set and not used: if only a proxy leads to this server, set ${missing}NODE_USE_ENV_PROXY=1, or the option \`proxy\` (of agents: AUTHSEC_PROXY).`
}
