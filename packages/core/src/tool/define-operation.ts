import { type AnswerOptions, answerChecks, answerPlan } from '../answers/answer-options.ts'
import type { AuthSecClient } from '../client/client.ts'
import {
  type BodyTypeOptions,
  encodingOf,
  optionalBodyType,
  optionalFiles,
} from '../operation/body-type.ts'
import { assertCallKey, callKeyOf, isKeyHeader } from '../operation/idempotency-key.ts'
import {
  bodyFields,
  type ParameterPlaces,
  placesOf,
  queryNames,
  requestParts,
} from '../operation/operation-request.ts'
import { pageValues } from '../operation/page-values.ts'
import { isParams, type OperationInput, type OperationParams } from '../operation/params.ts'
import { parseTemplate } from '../operation/path-template.ts'
import { readParams } from '../operation/read-params.ts'
import { checkOptions, type OptionChecks } from '../options/option-checks.ts'
import { isText, optional, optionalList, optionalText, required } from '../options/option-values.ts'
import { fixedHeaders, optionalFixedHeaders } from '../policy/fixed-headers.ts'
import { type ApprovalRule, checkApprovalRule, upperCaseMethod } from '../policy/resource-policy.ts'
import { type JsonSchema, jsonSchemaOf } from '../schema/json-schema.ts'
import type { AgentTool } from './agent-tool.ts'
import { createTool } from './create-tool.ts'
import { assertResource, policyChecks, type ToolPolicyOptions, toolPolicy } from './tool-options.ts'

export interface OperationOptions<Params extends OperationParams = OperationParams>
  extends ToolPolicyOptions,
    ParameterPlaces,
    BodyTypeOptions,
    AnswerOptions {
  readonly name: string
  readonly description: string
  /** Default: GET. The resource must allow it. */
  readonly method?: string | undefined
  /** Path template below the resource: `customers/{id}/billing`. Each `{name}` is a parameter. */
  readonly path: string
  /**
   * The parameters the model fills in. Those not in the path go to the query, or to the body of POST, PUT and PATCH.
   * `z.object()` of zod 4, a Standard Schema that gives JSON Schema, or JSON Schema of an object. No kind takes fields that
   * it does not describe.
   * @see Standard Schema 1.1; JSON Schema 2020-12
   */
  readonly params: Params
  /**
   * Sent with each call: `{ 'Stripe-Version': '2026-01-01' }`. They replace headers of the resource with the same names.
   * See `headers` of the resource for what is refused, and for secrets. Default: none.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * Whether each call has a key of its own, by which the API knows that several attempts are one: `true` as
   * `Idempotency-Key`, or under this name of a header. Core makes the key, and a model neither sees nor chooses it. A
   * lost answer is then asked for again, also of POST and PATCH, within the one call and its one approval. The API must
   * know such keys. Not for GET, HEAD and OPTIONS, which are repeated without one. Default: false.
   * @see draft-ietf-httpapi-idempotency-key-header
   */
  readonly idempotencyKey?: boolean | string | undefined
  /**
   * The approval rule of an unsafe method where neither the operation nor its resource has one. A rule of the resource
   * comes first, so its approver is not replaced. Default: none.
   */
  readonly defaultApproval?: ApprovalRule | undefined
}

/** For adapters that add options of their own. */
export const operationChecks: OptionChecks<OperationOptions> = {
  ...policyChecks,
  ...answerChecks,
  name: isText,
  description: isText,
  method: optionalText,
  path: isText,
  params: isParams,
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
  bodyType: optionalBodyType,
  files: optionalFiles,
  headers: optionalFixedHeaders,
  idempotencyKey: optional(
    required(
      (value) => typeof value === 'boolean' || isKeyHeader(value),
      'true, or the name of a header that is not reserved',
    ),
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
export function defineOperation<Params extends OperationParams>(
  client: AuthSecClient | undefined,
  options: OperationOptions<Params>,
): AgentTool<OperationInput<Params>> {
  checkOptions<OperationOptions>(options, 'the operation', operationChecks)
  const { name, description, path, defaultApproval } = options
  const { schema, validate } = readParams(name, options.params)
  const method = upperCaseMethod(options.method)
  const template = parseTemplate(name, path)
  const places = placesOf({ ...options, params: schema }, template, method)
  assertCallKey(options, method)
  const fixed = fixedHeaders(options.headers)
  let schemaOfAll: JsonSchema | undefined
  const described = (): JsonSchema => {
    schemaOfAll ??= jsonSchemaOf(schema, name)
    return schemaOfAll
  }
  const encoding = encodingOf({
    ...options,
    method,
    fields: bodyFields(places),
    schemaOf: described,
  })
  assertResource(client, { resource: options.resource, method, tool: name })
  const tool: AgentTool<Readonly<Record<string, unknown>>> = createTool(
    client,
    toolPolicy(options),
    {
      name,
      description,
      inputSchema: schema,
      validate,
      answer: answerPlan(options, {
        method,
        query: queryNames(places),
        valuesOf: (query, given) => pageValues(query, given, { ...places, schema: described() }),
      }),
      method,
      route: path,
      defaultApproval,
      toRequest: (input) => ({
        method,
        route: path,
        values: input,
        endpoint: template.fill(input),
        ...requestParts(input, places),
        fixedHeaders: fixed,
        encoding,
        callKey: callKeyOf(options.idempotencyKey),
      }),
    },
  ) // The schema was made of `params`, which TypeScript cannot follow.
  return tool as AgentTool<OperationInput<Params>>
}
