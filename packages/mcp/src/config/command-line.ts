import { parseArgs } from 'node:util'
import type { ConfigError } from '@authsec/core'
import { isHostName, isOrigin } from '../http/web-guard.ts'
import { configProblem } from './config-problem.ts'

export const HELP = `authsec-mcp: an MCP server of tools that call protected APIs with an AuthSec delegation token

Usage: authsec-mcp [options]

  --config FILE        resources and operations: .json, or a .ts or .mjs module
  --openapi FILE       tools from a document of OpenAPI 3.0 or 3.1 (JSON); \`openapi\` of the configuration
                       has what to include, permissions and approvals
  --http PORT          serve streamable HTTP at http://127.0.0.1:PORT/mcp (0 takes any free port)
                       instead of standard input and output
  --host ADDRESS       with --http: listen at another address (requires AUTHSEC_MCP_AUDIENCE)
  --allow-host NAME    with --http: accept a further name in Host (repeatable)
  --allow-origin URL   with --http: let pages of a web origin call (repeatable; default: none)
  --proxy URL          reach AuthSec and the APIs through an http or https proxy; a URL with a
                       password belongs into AUTHSEC_PROXY, because others can read command lines
  --store DIRECTORY    share approvals among processes of this machine, so that each is used once;
                       requires the same AUTHSEC_APPROVAL_KEYS in all of them
                       With AUTHSEC_TOKEN_KEYS they share the delegation token too
  --quiet              log only warnings and failures
  --version            print the version of this program
  --help               print this text

Environment:
  AUTHSEC_BASE_URL, AUTHSEC_AGENT_CLIENT_ID   the AuthSec server and the agent
  AUTHSEC_MODE             live, mock or auto
  AUTHSEC_API_URL          the protected API, if the file lists no resources
  AUTHSEC_TENANT_ID, AUTHSEC_API_TOKEN        as in @authsec/core
  AUTHSEC_PROXY            the proxy, unless --proxy names one; or HTTPS_PROXY with NODE_USE_ENV_PROXY=1.
                           NO_PROXY names exceptions
  AUTHSEC_CIBA_CLIENT_SECRET                  for approvals in the workspace flow
  AUTHSEC_APPROVAL_KEYS    KID:KEY of 32 random bytes in base64, or several with commas between: lets
                           another process carry on a call that waits for an approval
  AUTHSEC_TOKEN_KEYS       the same with --store: lets one process pull the token for all
  AUTHSEC_MCP_AUDIENCE     with --http: callers must send a delegation token with this audience
                           (requires AUTHSEC_TENANT_ID)
  AUTHSEC_MCP_PERMISSION   with --http: the permissions that callers need, separated by commas
  AUTHSEC_MCP_PUBLIC_URL   with --http: the address that clients use, with its path

Log lines go to standard error. In stdio mode standard output carries the protocol only.
`

export interface CommandLine {
  help: boolean
  version: boolean
  quiet: boolean
  config: string | undefined
  openapi: string | undefined
  proxy: string | undefined
  store: string | undefined
  http: HttpChoice | undefined
}

export interface HttpChoice {
  port: number
  host: string
  allowedHosts: readonly string[]
  allowedOrigins: readonly string[]
}

/** Throws a `ConfigError` for the first option that is unknown, wrong or out of place. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const values = parse(argv)
  const { help, version, quiet, config, openapi, proxy, store, http, host } = values
  const general = { help, version, quiet, config, openapi, proxy, store }
  const allowHost = values['allow-host'] ?? []
  const allowOrigin = values['allow-origin'] ?? []
  if (http === undefined) {
    const stray =
      (host !== undefined && '--host') ||
      (allowHost.length > 0 && '--allow-host') ||
      (allowOrigin.length > 0 && '--allow-origin')
    if (stray) throw wrong(`${stray} requires --http.`)
    return { ...general, http: undefined }
  }
  const choice = {
    port: portNumber(http),
    host: host ?? '127.0.0.1',
    allowedHosts: allowHost.map(hostName),
    allowedOrigins: allowOrigin.map(origin),
  }
  return { ...general, http: choice }
}

function parse(argv: readonly string[]): Parsed {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        config: { type: 'string' },
        openapi: { type: 'string' },
        proxy: { type: 'string' },
        store: { type: 'string' },
        http: { type: 'string' },
        host: { type: 'string' },
        'allow-host': { type: 'string', multiple: true },
        'allow-origin': { type: 'string', multiple: true },
        quiet: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    return values
  } catch (error) {
    const sentence = error instanceof Error ? error.message.split('. ')[0] : 'Bad options'
    throw wrong(`${sentence?.replace(/\.$/, '')}.`)
  }
}

interface Parsed {
  config?: string | undefined
  openapi?: string | undefined
  proxy?: string | undefined
  store?: string | undefined
  http?: string | undefined
  host?: string | undefined
  'allow-host'?: string[] | undefined
  'allow-origin'?: string[] | undefined
  quiet: boolean
  version: boolean
  help: boolean
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw wrong('--http must be a port, 0 to 65535.')
}

function hostName(text: string): string {
  if (isHostName(text)) return text.toLowerCase()
  throw wrong('--allow-host must be a host name without scheme and port.')
}

function origin(text: string): string {
  if (isOrigin(text)) return text
  throw wrong('--allow-origin must be an origin such as https://app.example.com.')
}

function wrong(message: string): ConfigError {
  return configProblem(message, 'See authsec-mcp --help.')
}
