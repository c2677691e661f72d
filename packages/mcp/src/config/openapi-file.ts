import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { AuthSecClient, Env, ResourceOptions } from '@authsec/core'
import type { OpenApiOptions, OpenApiRefusal } from '@authsec/core/openapi'
import type { AuthSecMcpServerOptions, McpOperation } from '../server/server-options.ts'
import type { CommandLine } from './command-line.ts'
import { configProblem, namingPlace } from './config-problem.ts'
import { textOfFile } from './file-text.ts'

/** What a configuration file says about a document of OpenAPI. */
export interface FileOpenApi extends Omit<OpenApiOptions, 'baseUrl'> {
  /** JSON, relative to the configuration file. `--openapi` comes first. */
  readonly file?: string | undefined
}

/** The document that the command line or the configuration names; `undefined` for none. Throws `ConfigError`. */
export async function readOpenApi(
  { openapi, config }: Pick<CommandLine, 'openapi' | 'config'>,
  file: { readonly openapi?: FileOpenApi | undefined } | undefined,
): Promise<OpenApiText | undefined> {
  const { file: listed, ...options } = file?.openapi ?? {}
  const path = openapi ?? (listed && resolve(dirname(config ?? '.'), listed))
  if (path === undefined) {
    if (file?.openapi === undefined) return undefined
    throw configProblem(
      '`openapi` of the configuration file names no document.',
      'Add `file` to it, or start with --openapi FILE.',
      'config_missing',
    )
  }
  return { path, text: await textAt(path), options }
}

export interface OpenApiText {
  readonly path: string
  readonly text: string
  readonly options: Omit<OpenApiOptions, 'baseUrl'>
}

async function textAt(path: string): Promise<string> {
  const problem = (what: string, hint: string): Error =>
    configProblem(`The OpenAPI document ${path} ${what}.`, hint)
  const bytes = await readFile(path).catch(() => {
    throw problem('cannot be read', 'Correct --openapi, or `openapi.file` of the configuration.')
  })
  try {
    return textOfFile(bytes)
  } catch {
    throw problem('is not text', 'Save it as JSON in UTF-8.')
  }
}

const MAX_NOTES = 50

/** The operations of a document, and what became of the rest, one sentence each. */
export interface OpenApiTools {
  readonly operations: readonly McpOperation[]
  readonly notes: readonly string[]
}

/**
 * The operations that the resource allows. The others and what cannot be expressed are told. Loaded at its use, because
 * most servers have no document.
 */
export async function openApiTools(
  { path, text, options }: OpenApiText,
  client: AuthSecClient,
  baseUrl: string | URL | undefined,
): Promise<OpenApiTools> {
  const { operationsFromOpenApi } = await import('@authsec/core/openapi')
  const { operations, refused } = namingPlace(path, () =>
    operationsFromOpenApi(text, { ...options, baseUrl }),
  )
  const methods = methodsOf(client, options.resource)
  const allowed = operations.filter(({ method = 'GET' }) => methods.includes(method))
  const notes = refused.slice(0, MAX_NOTES).map(noteOf)
  if (refused.length > MAX_NOTES) notes.push(`And ${refused.length - MAX_NOTES} more.`)
  if (allowed.length < operations.length) {
    const count = operations.length - allowed.length
    notes.push(
      `${count} of ${operations.length} operations have a method that the resource does not allow: ${methods.join(', ')} are allowed. Add others to \`methods\` of the resource.`,
    )
  }
  if (allowed.length > 0) return { operations: allowed, notes }
  throw configProblem(
    `The OpenAPI document ${path} gives no tool.`,
    notes[0] ?? 'Check `include` of `openapi`.',
  )
}

/** All methods where the resource is unknown: the tool itself then says why. */
function methodsOf({ resources }: AuthSecClient, name: string | undefined): readonly string[] {
  const found =
    resources.find((one) => one.name === name) ??
    (resources.length === 1 ? resources[0] : undefined)
  return found?.methods ?? ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
}

function noteOf({ part, operation, pointer, reason, message, hint }: OpenApiRefusal): string {
  const subjects = {
    operation: `No tool${operation === undefined ? '' : ` ${operation}`}`,
    parameter: `The tool ${operation} lacks an optional part`,
    server: 'About the resource',
  }
  return `${subjects[part]} (${reason} at ${pointer}): ${message} ${hint}`
}

/** Options of the server with the tools of a document. A document says what may be called, so nothing else is by default. */
export function withOpenApi(
  options: AuthSecMcpServerOptions,
  { operations }: OpenApiTools,
): AuthSecMcpServerOptions {
  const { secureFetch = false, operations: own = [] } = options
  return { ...options, secureFetch, operations: [...own, ...operations] }
}

/** The base URL of the resource that the document is about, as it is configured. */
export function baseUrlFor(
  { options: { resource } }: OpenApiText,
  { resources = [] }: { readonly resources?: readonly ResourceOptions[] | undefined },
  env: Env,
): string | URL | undefined {
  const [only, ...others] = resources
  const named = resources.find(({ name }) => resource !== undefined && name === resource)
  if (named || (only && others.length === 0)) return (named ?? only)?.baseUrl
  const url = resources.length === 0 ? env['AUTHSEC_API_URL']?.trim() : undefined
  return url && URL.canParse(url) ? url : undefined
}
