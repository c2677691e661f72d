import { readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ConfigError, ResourceOptions } from '@authsec/core'
import { invalidOption, isObject, namesCredential, objectSchema } from '@authsec/core/adapter'
import type { OperationParams, SecureFetchToolOptions } from '@authsec/core/tool'
import type { McpOperation } from '../server/server-options.ts'
import { configProblem, namingPlace } from './config-problem.ts'
import { checkFile, type FileCiba, type FileContent, type FileOperation } from './file-checks.ts'
import { textOfFile } from './file-text.ts'
import type { FileOpenApi } from './openapi-file.ts'

/** A configuration file in the form in which client and server take it. */
export interface FileConfig {
  readonly name?: string | undefined
  readonly resources?: readonly ResourceOptions[] | undefined
  readonly operations: readonly McpOperation[]
  readonly secureFetch?: SecureFetchToolOptions | false | undefined
  readonly openapi?: FileOpenApi | undefined
  readonly ciba?: FileCiba | undefined
  readonly approvals?: FileContent['approvals']
  readonly budget?: FileContent['budget']
}

/**
 * Reads a configuration: JSON, or a module whose default export is the object (`.ts`, `.mts`, `.js`,
 * `.mjs`). In a module, parameters may be zod schemas and rules may have a `when`. Throws a
 * `ConfigError` that names the file and the first wrong field.
 */
export async function readConfigFile(path: string): Promise<FileConfig> {
  const isJson = extname(path) === '.json'
  const content = isJson ? await readJson(path) : await importModule(path)
  return namingPlace(path, () => {
    const config = parseConfig(content)
    if (isJson) assertNoSecrets(config)
    return config
  })
}

/** A module can read a secret from a variable; in JSON it would stand in the file. */
function assertNoSecrets({ resources = [], operations }: FileConfig): void {
  const owners = [
    ...resources.map(({ headers }, index) => [`resources[${index}]`, headers] as const),
    ...operations.map(({ headers }, index) => [`operations[${index}]`, headers] as const),
  ]
  for (const [owner, headers = {}] of owners) {
    if (!Object.keys(headers).some((name) => namesCredential(name))) continue
    throw invalidOption(
      `${owner}.headers`,
      'has a credential, and a secret must not stand in a file',
      'Write the configuration as a module (.mts or .mjs), and take the value from process.env.',
    )
  }
}

/** Throws `ConfigError` for the first wrong field. */
export function parseConfig(content: unknown): FileConfig {
  checkFile(content)
  const {
    name,
    resources,
    operations = [],
    secureFetch,
    openapi,
    ciba,
    approvals,
    budget,
  } = content
  return {
    name,
    resources,
    operations: operations.map((one, index) => withParams(one, `operations[${index}].params`)),
    secureFetch: secureFetch === true ? {} : secureFetch,
    openapi,
    ciba,
    approvals,
    budget,
  }
}

function withParams({ params = {}, ...rest }: FileOperation, field: string): McpOperation {
  return { ...rest, params: isSchema(params) ? params : paramsFromJson(params, field) }
}

/** A schema of a library, which a module may have. Core checks that it is usable. */
function isSchema(value: unknown): value is OperationParams {
  const isHolder = typeof value === 'function' || (typeof value === 'object' && value !== null)
  return isHolder && ['~standard', '_zod', '_def'].some((mark) => mark in value)
}

/** JSON Schema of an object, of which a file may leave out the type. */
function paramsFromJson(params: unknown, field: string): OperationParams {
  isObject(params, field)
  return objectSchema({ type: 'object', ...Object(params) }, field)
}

async function readJson(path: string): Promise<unknown> {
  const bytes = await readBytes(path)
  try {
    return JSON.parse(textOfFile(bytes))
  } catch {
    throw problem(
      path,
      'is not JSON',
      'Correct the file, and save it as UTF-8; UTF-16 needs a byte order mark.',
    )
  }
}

const MODULES = ['.ts', '.mts', '.js', '.mjs']

async function importModule(path: string): Promise<unknown> {
  if (!MODULES.includes(extname(path))) {
    throw problem(path, `must end in .json, ${MODULES.join(', ')}`)
  }
  await readBytes(path)
  let module: Readonly<Record<string, unknown>>
  try {
    module = await import(pathToFileURL(resolve(path)).href)
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'it threw'
    throw problem(path, `cannot be loaded: ${why.slice(0, 200).replace(/\.$/, '')}`)
  }
  if (module['default'] === undefined) throw problem(path, 'has no default export')
  return module['default']
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch {
    throw problem(
      path,
      'cannot be read',
      'Correct --config. The path is relative to the working directory.',
    )
  }
}

function problem(
  path: string,
  what: string,
  hint = 'Correct the file. The README of @authsec/mcp lists its fields.',
): ConfigError {
  return configProblem(`The configuration file ${path} ${what}.`, hint)
}
