import { parseArgs } from 'node:util'
import type { ConfigError } from '@authsec/core'
import { configProblem } from './config-problem.ts'

export const HELP = `authsec-mcp: guarded tools for MCP clients, with an AuthSec delegation token

Usage: authsec-mcp [options]

  --config FILE        resources and operations: .json, or a .ts or .mjs module
  --http PORT          streamable HTTP at http://127.0.0.1:PORT/mcp (0 takes any free port);
                       without it, standard input and output
  --host ADDRESS       with --http: another address; needs AUTHSEC_MCP_AUDIENCE
  --allow-host NAME    with --http: a further name in Host that is accepted (repeatable)
  --allow-origin URL   with --http: a web origin that may call (repeatable; default none)
  --quiet              log warnings and failures only
  --version            the version of this program
  --help               this text

Environment:
  AUTHSEC_BASE_URL, AUTHSEC_AGENT_CLIENT_ID   the AuthSec server and the agent
  AUTHSEC_MODE             live, mock or auto
  AUTHSEC_API_URL          the protected API, when the file lists no resources
  AUTHSEC_TENANT_ID, AUTHSEC_API_TOKEN        as in @authsec/core
  AUTHSEC_CIBA_CLIENT_SECRET                  for approvals in the workspace flow
  AUTHSEC_MCP_AUDIENCE     with --http: callers must bring a delegation token with this audience
                           (AUTHSEC_TENANT_ID is then needed)
  AUTHSEC_MCP_PERMISSION   with --http: permissions callers need, separated by commas
  AUTHSEC_MCP_PUBLIC_URL   with --http: the address clients use, ending in /mcp

Log lines go to standard error; in stdio mode standard output carries the protocol only.
`

export interface CommandLine {
  help: boolean
  version: boolean
  quiet: boolean
  config: string | undefined
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
  const { help, version, quiet, config, http, host } = values
  const allowHost = values['allow-host'] ?? []
  const allowOrigin = values['allow-origin'] ?? []
  if (http === undefined) {
    const stray =
      (host !== undefined && '--host') ||
      (allowHost.length > 0 && '--allow-host') ||
      (allowOrigin.length > 0 && '--allow-origin')
    if (stray) throw wrong(`${stray} goes with --http.`)
    return { help, version, quiet, config, http: undefined }
  }
  const choice = {
    port: portNumber(http),
    host: host ?? '127.0.0.1',
    allowedHosts: allowHost.map(hostName),
    allowedOrigins: allowOrigin.map(origin),
  }
  return { help, version, quiet, config, http: choice }
}

function parse(argv: readonly string[]): Parsed {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        config: { type: 'string' },
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

/** Names without a port, as the SDK compares them. */
function hostName(text: string): string {
  if (/^(\[[0-9a-f:]+\]|[a-z0-9.-]+)$/i.test(text)) return text.toLowerCase()
  throw wrong('--allow-host must be a host name without scheme and port.')
}

function origin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text
  throw wrong('--allow-origin must be an origin such as https://app.example.com.')
}

function wrong(message: string): ConfigError {
  return configProblem(message, 'See authsec-mcp --help.')
}
