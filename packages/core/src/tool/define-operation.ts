import type { z } from 'zod'
import type { SecureFetchRequest } from '../call/secure-fetch-request.ts'
import type { AuthSecClient } from '../client/client.ts'
import type { ConfigError } from '../errors.ts'
import {
  checkOptions,
  invalidOption,
  type OptionCheck,
  type OptionChecks,
} from '../options/option-checks.ts'
import { isText, optionalList, optionalText } from '../options/option-values.ts'
import { RESERVED_QUERY } from '../policy/endpoint.ts'
import { upperCaseMethod } from '../policy/resource-policy.ts'
import type { AgentTool } from './agent-tool.ts'
import { createTool } from './create-tool.ts'
import { assertAlwaysGiven, parseTemplate } from './path-template.ts'
import { assertResource, policyChecks, type ToolPolicyOptions, toolPolicy } from './tool-options.ts'

export interface OperationOptions<Shape extends z.ZodRawShape> extends ToolPolicyOptions {
  readonly name: string
  readonly description: string
  /** Default: GET. The resource must allow it. */
  readonly method?: string | undefined
  /** Path template below the resource: `customers/{id}/billing`. Each `{name}` is a parameter. */
  readonly path: string
  /** The parameters the model fills in. Those not in the path go to the query, or to the JSON body of POST, PUT and PATCH. */
  readonly params: z.ZodObject<Shape>
  /** For POST, PUT and PATCH: parameters that go to the query all the same. Default: none. */
  readonly queryParams?: readonly string[] | undefined
}

const isZodObject: OptionCheck = (value, field) => {
  const schema: { shape?: unknown; strict?: unknown } = Object(value)
  if (!isZod4(value) || typeof schema.shape !== 'object' || typeof schema.strict !== 'function') {
    throw notZod(field, 'must be a z.object() of zod 4')
  }
  const shape: object = Object(schema.shape)
  const foreign = Object.entries(shape).find(([, type]) => !isZod4(type))
  if (foreign) throw notZod(`${field}.${foreign[0]}`, 'must be a type of zod 4')
}

function isZod4(value: unknown): boolean {
  const { _zod }: { _zod?: unknown } = Object(value)
  return typeof _zod === 'object' && _zod !== null
}

function notZod(field: string, problem: string): ConfigError {
  return invalidOption(
    field,
    problem,
    'Pass z.object({ … }) from the package zod, version 4.2 or later. zod/mini, zod 3, JSON Schema and other Standard Schemas are not supported.',
  )
}

/** For adapters that add options of their own. */
export const operationChecks: OptionChecks<OperationOptions<z.ZodRawShape>> = {
  ...policyChecks,
  name: isText,
  description: isText,
  method: optionalText,
  path: isText,
  params: isZodObject,
  queryParams: optionalList(isText),
}

/**
 * Defines one typed call of a protected API as a tool: the model chooses values, each sent as one path
 * segment, query value or JSON field. Without a client, the tool uses the client in the context, or
 * the one that the process shares, made from the environment at the first call.
 *
 * @throws ConfigError - for an unknown or unusable option, and for an operation that can never work:
 *   a method that the resource does not allow, a malformed path, a path parameter that may be
 *   missing, a reserved query name.
 *
 * @example
 * ```ts
 * import { createAuthSecClientFromEnv } from '@authsec/core'
 * import { defineOperation } from '@authsec/core/tool'
 * import { z } from 'zod'
 *
 * const client = createAuthSecClientFromEnv({ AUTHSEC_MODE: 'mock' })
 * const tool = defineOperation(client, {
 *   name: 'get_record',
 *   description: 'One record of the vault.',
 *   path: 'records/{id}',
 *   params: z.object({ id: z.string() }),
 *   permission: 'records:read',
 * })
 *
 * console.log(await tool.execute({ id: 'rec-0001' }))
 * ```
 */
export function defineOperation<Shape extends z.ZodRawShape>(
  client: AuthSecClient | undefined,
  options: OperationOptions<Shape>,
): AgentTool<z.infer<z.ZodObject<Shape>>> {
  checkOptions<OperationOptions<Shape>>(options, 'the operation', operationChecks)
  const { name, description, path, params, queryParams = [] } = options
  const method = upperCaseMethod(options.method)
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(method)
  const template = parseTemplate(name, path)
  assertParameters(options, template.parameters, hasBody)
  assertResource(client, { resource: options.resource, method, tool: name })
  return createTool<z.infer<z.ZodObject<Shape>>>(client, toolPolicy(options), {
    name,
    description,
    inputSchema: params.strict(),
    method,
    route: path,
    toRequest(input) {
      const rest = Object.entries(input).filter(([key]) => !template.parameters.includes(key))
      const query = rest.filter(([key]) => !hasBody || queryParams.includes(key))
      const body = rest.filter(([key]) => hasBody && !queryParams.includes(key))
      return {
        method,
        route: path,
        values: input,
        endpoint: template.fill(input),
        query: Object.fromEntries(query) as SecureFetchRequest['query'],
        body: hasBody ? Object.fromEntries(body) : undefined,
      }
    },
  })
}

function assertParameters<Shape extends z.ZodRawShape>(
  { name: tool, params: { shape }, queryParams = [] }: OperationOptions<Shape>,
  inPath: readonly string[],
  hasBody: boolean,
): void {
  for (const name of [...inPath, ...queryParams]) {
    if (Object.hasOwn(shape, name)) continue
    throw invalidOption(
      `The operation ${tool}`,
      `uses the parameter ${name}, which \`params\` does not have`,
      `Add ${name} to \`params\`, or correct \`path\` and \`queryParams\`.`,
    )
  }
  const twice = queryParams.find((name) => inPath.includes(name))
  if (twice !== undefined) {
    throw invalidOption(`The parameter ${twice} of the operation ${tool}`, 'is in the path already')
  }
  for (const [name, schema] of Object.entries<unknown>(shape)) {
    if (inPath.includes(name)) assertAlwaysGiven(tool, name, schema as z.ZodType)
    else if (!hasBody || queryParams.includes(name)) assertSendable(tool, name)
  }
}

function assertSendable(tool: string, name: string): void {
  if (!RESERVED_QUERY.includes(name.toLowerCase())) return
  throw invalidOption(
    `The parameter ${name} of the operation ${tool}`,
    'has a name that is never sent in a query',
    `Rename it; reserved are ${RESERVED_QUERY.join(', ')}.`,
  )
}
