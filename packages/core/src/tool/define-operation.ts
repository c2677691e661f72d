import type { z } from 'zod'
import { type AnswerOptions, answerChecks, answerPlan } from '../answers/answer-options.ts'
import type { AuthSecClient } from '../client/client.ts'
import type { ConfigError } from '../errors.ts'
import {
  checkOptions,
  invalidOption,
  type OptionCheck,
  type OptionChecks,
} from '../options/option-checks.ts'
import { isText, optional, optionalList, optionalText, required } from '../options/option-values.ts'
import { type ApprovalRule, checkApprovalRule, upperCaseMethod } from '../policy/resource-policy.ts'
import type { AgentTool } from './agent-tool.ts'
import { createTool } from './create-tool.ts'
import { type ParameterPlaces, placesOf, queryNames, requestParts } from './operation-request.ts'
import { parseTemplate } from './path-template.ts'
import { assertResource, policyChecks, type ToolPolicyOptions, toolPolicy } from './tool-options.ts'

export interface OperationOptions<Shape extends z.ZodRawShape>
  extends ToolPolicyOptions,
    ParameterPlaces,
    AnswerOptions {
  readonly name: string
  readonly description: string
  /** Default: GET. The resource must allow it. */
  readonly method?: string | undefined
  /** Path template below the resource: `customers/{id}/billing`. Each `{name}` is a parameter. */
  readonly path: string
  /** The parameters the model fills in. Those not in the path go to the query, or to the JSON body of POST, PUT and PATCH. */
  readonly params: z.ZodObject<Shape>
  /**
   * The approval rule of an unsafe method where neither the operation nor its resource has one. A rule of the resource
   * comes first, so its approver is not replaced. Default: none.
   */
  readonly defaultApproval?: ApprovalRule | undefined
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
  ...answerChecks,
  name: isText,
  description: isText,
  method: optionalText,
  path: isText,
  params: isZodObject,
  queryParams: optionalList(isText),
  headerParams: optionalList(isText),
  bodyParam: optional(
    required(
      (value) => value === false || (typeof value === 'string' && value !== ''),
      'the name of a parameter, or false',
    ),
  ),
  wireNames: optional(
    required((value) => {
      const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
      return (
        isRecord && Object.values(value).every((name) => typeof name === 'string' && name !== '')
      )
    }, 'an object of names'),
  ),
  defaultApproval: optional(checkApprovalRule),
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
  const { name, description, path, params, defaultApproval } = options
  const method = upperCaseMethod(options.method)
  const template = parseTemplate(name, path)
  const places = placesOf(options, template, method)
  assertResource(client, { resource: options.resource, method, tool: name })
  return createTool<z.infer<z.ZodObject<Shape>>>(client, toolPolicy(options), {
    name,
    description,
    inputSchema: params.strict(),
    method,
    route: path,
    answer: answerPlan(options, { method, query: queryNames(places) }),
    defaultApproval,
    toRequest: (input) => ({
      method,
      route: path,
      values: input,
      endpoint: template.fill(input),
      ...requestParts(input, places),
    }),
  })
}
