import { readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CibaConfig, ConfigError, ResourceOptions } from '@authsec/core'
import type { SecureFetchToolOptions } from '@authsec/core/tool'
import { z } from 'zod'
import type { McpOperation } from '../server/operation.ts'
import { configProblem } from './config-problem.ts'
import { ParamsProblem, paramsFromJsonSchema } from './params-schema.ts'

/** What a configuration file says: the server's APIs and tools, nothing secret. */
export interface FileConfig {
  name?: string | undefined
  resources?: ResourceOptions[] | undefined
  operations: McpOperation[]
  secureFetch?: SecureFetchToolOptions | false | undefined
  ciba?: CibaConfig | undefined
}

const text = z.string().trim().min(1)
const permission = z.union([text, z.array(text)]).optional()
const milliseconds = z.number().positive().max(3_600_000).optional()

const approval = z
  .strictObject({
    approver: text.optional(),
    message: text,
    timeoutMs: milliseconds,
    when: z.custom<() => boolean>((value) => typeof value === 'function', 'must be a function'),
  })
  .partial({ when: true })
  .optional()

const resource = z.strictObject({
  name: text.optional(),
  baseUrl: z.union([text, z.instanceof(URL)]),
  methods: z.array(text).optional(),
  permission,
  audience: text.optional(),
  sameOriginRedirects: z.number().optional(),
  approval,
  timeoutMs: milliseconds,
  maxResponseBytes: z.number().positive().optional(),
})

const operation = z.strictObject({
  name: text,
  description: text,
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).optional(),
  path: z.string(),
  resource: text.optional(),
  params: z.unknown().optional(),
  queryParams: z.array(text).optional(),
  permission,
  scope: permission,
  approval,
  maxResultCharacters: z.number().positive().optional(),
})

const secureFetch = z.strictObject({
  name: text.optional(),
  description: text.optional(),
  resource: text.optional(),
  permission,
  scope: permission,
  maxResultCharacters: z.number().positive().optional(),
})

const fileSchema = z.strictObject({
  $schema: z.string().optional(),
  name: text.optional(),
  resources: z.array(resource).optional(),
  operations: z.array(operation).optional(),
  secureFetch: z.union([z.boolean(), secureFetch]).optional(),
  ciba: z
    .strictObject({
      flow: z.enum(['admin', 'tenant', 'workspace']).optional(),
      clientId: text.optional(),
      loginHint: text.optional(),
    })
    .optional(),
})

/**
 * Reads a configuration: JSON, or a module whose default export is the object (`.ts`, `.mts`, `.js`,
 * `.mjs`), where parameters may be zod schemas and rules may have a `when`. Throws a `ConfigError`
 * that names the first wrong field.
 */
export async function readConfigFile(path: string): Promise<FileConfig> {
  const value = extname(path) === '.json' ? await readJson(path) : await importModule(path)
  const parsed = fileSchema.safeParse(value)
  if (!parsed.success) throw problem(path, sentenceOf(parsed.error.issues[0]))
  const { name, resources, operations = [], secureFetch: fetchTool, ciba } = parsed.data
  return {
    name,
    resources: resources as ResourceOptions[] | undefined,
    operations: operations.map((one, index) => withParams(one, index, path)),
    secureFetch: fetchTool === true ? {} : fetchTool,
    ciba,
  }
}

function withParams(one: z.infer<typeof operation>, index: number, path: string): McpOperation {
  const { params, ...rest } = one
  if (isZodObject(params)) return { ...rest, params }
  try {
    return { ...rest, params: paramsFromJsonSchema(params ?? {}) }
  } catch (error) {
    if (!(error instanceof ParamsProblem)) throw error
    throw problem(path, `operations[${index}].params${error.message}`)
  }
}

/** By its marks, not its class: a module brings a zod of its own. */
function isZodObject(value: unknown): value is z.ZodObject<z.ZodRawShape> {
  return typeof value === 'object' && value !== null && '_zod' in value && 'shape' in value
}

async function readJson(path: string): Promise<unknown> {
  let content: string
  try {
    content = await readFile(path, 'utf8')
  } catch {
    throw unreadable(path)
  }
  try {
    return JSON.parse(content)
  } catch {
    throw problem(path, 'is not JSON')
  }
}

const MODULES = ['.ts', '.mts', '.js', '.mjs']

async function importModule(path: string): Promise<unknown> {
  if (!MODULES.includes(extname(path))) {
    throw problem(path, `must end in .json, ${MODULES.join(', ')}`)
  }
  try {
    await readFile(path)
  } catch {
    throw unreadable(path)
  }
  let module: Readonly<Record<string, unknown>>
  try {
    module = await import(pathToFileURL(resolve(path)).href)
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'it threw'
    throw problem(path, `cannot be loaded: ${why.slice(0, 200)}`)
  }
  if (module['default'] === undefined) throw problem(path, 'has no default export')
  return module['default']
}

/** `operations[0].method must be …`: the place as it is written, then what zod says. */
function sentenceOf(issue: z.core.$ZodIssue | undefined): string {
  const path = [...(issue?.path ?? [])]
  if (issue?.code === 'unrecognized_keys') path.push(String(issue.keys[0]))
  const place = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
  const what =
    issue?.code === 'unrecognized_keys' ? 'is not a known field' : `is wrong: ${issue?.message}`
  return place === '' ? `must be an object of options` : `${place} ${what}`
}

function unreadable(path: string): ConfigError {
  return configProblem(
    `The configuration file ${path} cannot be read.`,
    'Correct --config; the path is relative to the working directory.',
  )
}

function problem(path: string, what: string): ConfigError {
  const message = `${path}: ${what.trim()}`
  return configProblem(
    /[.!]$/.test(message) ? message : `${message}.`,
    'Correct the file; the README of @authsec/mcp lists its fields.',
  )
}
