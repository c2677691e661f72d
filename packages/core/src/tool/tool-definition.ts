import { z } from 'zod'
import type { AuthSecClient } from '../client/client.ts'
import { createAuthSecClientFromEnv } from '../client/client-from-env.ts'
import { ConfigError } from '../errors.ts'
import { encodeSegment, type QueryValue } from '../policy/endpoint.ts'
import type { SecureFetchRequest } from '../policy/plan-call.ts'
import { type ApprovalRule, isSafeMethod } from '../policy/resource-policy.ts'
import {
  errorOutcome,
  invalidInputOutcome,
  outcomeSchema,
  responseOutcome,
  type ToolOutcome,
} from './tool-outcome.ts'

/** What a framework package passes along with the model's arguments. */
export interface ToolContext {
  signal?: AbortSignal | undefined
  /** Used when the tool was defined without a client. */
  client?: AuthSecClient | undefined
  /** The agent run whose budget the call uses up, if the framework tells. */
  run?: string | undefined
}

/** One tool, in nobody's dialect. Framework packages translate it and add nothing. */
export interface AgentTool<Input = unknown> {
  readonly name: string
  readonly description: string
  readonly inputSchema: z.ZodType<Input>
  readonly outputSchema: z.ZodType<ToolOutcome>
  /**
   * Whether `execute` has a person asked, by the tool's own rule or its resource's: a framework's
   * approval step then need not ask again. A tool without a client does not know its resource's.
   */
  readonly requiresApproval: boolean
  /** Checks the input itself, whatever the framework did. Throws only aborts, `ConfigError`s and programming errors. */
  execute(input: unknown, context?: ToolContext): Promise<ToolOutcome>
}

interface CommonOptions {
  /** The configured resource to call. Default: the only one. */
  resource?: string | undefined
  /** Permission the token must carry, all of them. Chosen by the developer, never by the model. */
  permission?: string | readonly string[] | undefined
  /** Another name for `permission`, for those who come from the Python packages. */
  scope?: string | readonly string[] | undefined
  /** A person must say yes to each call before it is sent. Default: the resource's rule. */
  approval?: ApprovalRule | undefined
  /** Longest result given to the model, in characters of JSON. Default: 65 536. */
  maxResultCharacters?: number | undefined
}

export interface SecureFetchToolOptions extends CommonOptions {
  /** Default: `authsec_secure_fetch`. */
  name?: string | undefined
  /** What the model is told. Say which endpoints there are. */
  description?: string | undefined
}

export interface SecureFetchInput {
  endpoint: string
  query?: Record<string, string | number | boolean> | undefined
}

const secureFetchSchema: z.ZodType<SecureFetchInput> = z.strictObject({
  endpoint: z
    .string()
    .max(1024)
    .describe('Path below the API, such as metrics or customers/42. No scheme, no host, no query.'),
  query: z
    .record(z.string().max(64), z.union([z.string().max(512), z.number(), z.boolean()]))
    .optional()
    .describe('Query parameters by name.'),
})

/**
 * A read-only tool for any endpoint of one configured API. Prefer `defineOperation`, where the model
 * fills in parameters instead of paths. Without a client, the one in the context is used, or one is
 * made from the environment at the first call.
 */
export function defineSecureFetch(
  client: AuthSecClient | undefined,
  options: SecureFetchToolOptions = {},
): AgentTool<SecureFetchInput> {
  return defineTool<SecureFetchInput>(client, options, {
    name: options.name ?? 'authsec_secure_fetch',
    description:
      options.description ??
      'Reads JSON from a protected API. Authentication is taken care of; give the path of the endpoint.',
    inputSchema: secureFetchSchema,
    toRequest: ({ endpoint, query }) => ({ endpoint, query, values: { endpoint, ...query } }),
  })
}

export interface OperationOptions<Shape extends z.ZodRawShape> extends CommonOptions {
  name: string
  description: string
  /** Default: GET. The resource must allow it. */
  method?: string | undefined
  /** Path template below the resource: `customers/{id}/billing`. Each `{name}` is a parameter. */
  path: string
  /** The parameters the model fills in. Those not in the path go to the query, or to the JSON body of POST, PUT and PATCH. */
  params: z.ZodObject<Shape>
  /** For POST, PUT and PATCH: parameters that go to the query all the same. Default: none. */
  queryParams?: readonly string[] | undefined
}

/**
 * One typed call of a protected API as a tool: the model chooses values, each sent as one path
 * segment, query value or JSON field. Throws `ConfigError` when template and parameters do not fit.
 */
export function defineOperation<Shape extends z.ZodRawShape>(
  client: AuthSecClient | undefined,
  options: OperationOptions<Shape>,
): AgentTool<z.infer<z.ZodObject<Shape>>> {
  const { name, description, path, params, method = 'GET', queryParams = [] } = options
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => String(match[1]))
  const unknown = [...inPath, ...queryParams].find((param) => !Object.hasOwn(params.shape, param))
  if (unknown !== undefined) throw unknownParameter(name, unknown)
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(method)
  return defineTool<z.infer<z.ZodObject<Shape>>>(client, options, {
    name,
    description,
    inputSchema: params.strict(),
    method,
    toRequest(input) {
      const rest = Object.entries(input).filter(([key]) => !inPath.includes(key))
      const query = rest.filter(([key]) => !hasBody || queryParams.includes(key))
      const body = rest.filter(([key]) => hasBody && !queryParams.includes(key))
      return {
        method,
        route: path,
        values: input,
        endpoint: fillTemplate(path, input),
        query: Object.fromEntries(query) as SecureFetchRequest['query'],
        body: hasBody ? Object.fromEntries(body) : undefined,
      }
    },
  })
}

function fillTemplate(path: string, input: Readonly<Record<string, unknown>>): string {
  return path.replace(/\{(\w+)\}/g, (_all, name: string) =>
    encodeSegment(name, input[name] as QueryValue),
  )
}

interface Definition<Input> {
  name: string
  description: string
  inputSchema: z.ZodType<Input>
  /** Default: GET. */
  method?: string
  toRequest(
    input: Input,
  ): Pick<SecureFetchRequest, 'endpoint' | 'method' | 'query' | 'body' | 'route' | 'values'>
}

function defineTool<Input>(
  client: AuthSecClient | undefined,
  options: CommonOptions,
  { name, description, inputSchema, toRequest, method = 'GET' }: Definition<Input>,
): AgentTool<Input> {
  const { resource, permission = options.scope, approval, maxResultCharacters = 65_536 } = options
  let fromEnvironment: AuthSecClient | undefined
  const clientFor = (context: ToolContext): AuthSecClient => {
    const given = client ?? context.client
    if (given) return given
    fromEnvironment ??= createAuthSecClientFromEnv()
    return fromEnvironment
  }
  return Object.freeze({
    name,
    description,
    inputSchema,
    outputSchema: outcomeSchema,
    requiresApproval: approval !== undefined || resourceRequiresApproval(client, resource, method),
    async execute(input: unknown, context: ToolContext = {}) {
      const { signal, run } = context
      signal?.throwIfAborted()
      const active = clientFor(context)
      const parsed = await inputSchema.safeParseAsync(input)
      if (!parsed.success) return invalidInputOutcome(parsed.error, active.mode)
      try {
        const request = toRequest(parsed.data)
        const policy = { resource, permission, approval, run, signal }
        const response = await active.secureFetch({ ...request, ...policy })
        return responseOutcome(response, active.mode, maxResultCharacters)
      } catch (error) {
        if (signal?.aborted) throw signal.reason
        return errorOutcome(error, active.mode)
      }
    },
  })
}

function resourceRequiresApproval(
  client: AuthSecClient | undefined,
  name: string | undefined,
  method: string,
): boolean {
  if (isSafeMethod(method)) return false
  const { resources = [] } = client ?? {}
  const found = name === undefined ? resources[0] : resources.find((one) => one.name === name)
  return found?.requiresApproval ?? false
}

function unknownParameter(operation: string, parameter: string): ConfigError {
  return new ConfigError({
    code: 'config_invalid',
    message: `The operation ${operation} uses the parameter ${parameter}, which \`params\` does not have.`,
    hint: `Add ${parameter} to \`params\`, or correct the path template.`,
  })
}
