import type { ApprovalRule, AuthSecClientOptions, ResourceOptions } from '@authsec/core'
import {
  checkOptions,
  invalidOption,
  isText,
  type OptionCheck,
  type OptionChecks,
  operationChecks,
  optional,
  optionalChoice,
  optionalFunction,
  optionalList,
  optionalNames,
  optionalNumber,
  optionalObject,
  optionalText,
  required,
  uncheckedHere,
} from '@authsec/core/adapter'
import type { SecureFetchToolOptions } from '@authsec/core/tool'
import type { McpOperation } from '../server/server-options.ts'
import type { FileOpenApi } from './openapi-file.ts'

/** The approval options that a file may set. The client secret comes from the environment. */
export type FileCiba = Omit<
  NonNullable<AuthSecClientOptions['ciba']>,
  'clientSecret' | 'notificationToken'
>

/** How approvers are asked. The keys that seal approvals come from the environment. */
type FileApprovals = Omit<NonNullable<AuthSecClientOptions['approvals']>, 'keys'>

/** An operation whose parameters are JSON Schema or zod. */
export interface FileOperation extends Omit<McpOperation, 'params'> {
  readonly params?: unknown
}

/** What stands in a configuration file: APIs and tools, and no secret. */
export interface FileContent {
  readonly $schema?: string | undefined
  readonly name?: string | undefined
  readonly resources?: readonly ResourceOptions[] | undefined
  readonly operations?: readonly FileOperation[] | undefined
  readonly secureFetch?: SecureFetchToolOptions | boolean | undefined
  readonly openapi?: FileOpenApi | undefined
  readonly ciba?: FileCiba | undefined
  readonly approvals?: FileApprovals | undefined
  readonly budget?: AuthSecClientOptions['budget']
}

const optionalDuration = optionalNumber({ least: 1, most: 3_600_000, unit: 'milliseconds' })
const characters = optionalNumber({
  least: 1,
  most: 100_000_000,
  unit: 'characters',
  integer: true,
})

/** How a call waits follows from the client's version of MCP. */
const noWait: OptionCheck = (value, field) => {
  if (value === undefined) return
  const problem =
    'has no place in the configuration: clients of MCP 2026-07-28 send a call again until a person has decided, and older ones wait'
  throw invalidOption(field, problem, `Remove ${field}.`)
}

/** A secret that opens sealed approvals. */
const noKeys: OptionCheck = (value, field) => {
  const { keys }: { keys?: unknown } = Object(value)
  if (keys === undefined) return
  const hint = `Remove ${field}.keys, and set the variable AUTHSEC_APPROVAL_KEYS to KID:KEY.`
  throw invalidOption(`${field}.keys`, 'must not stand in a file, because it is a secret', hint)
}

const approvals: OptionCheck = (value, field) => {
  // The client checks what is in them.
  optionalObject(value, field)
  noKeys(value, field)
}

const approval = objectOf<ApprovalRule>({
  approver: optionalText,
  message: isText,
  when: optionalFunction,
  timeoutMs: optionalDuration,
  limits: optionalObject,
  wait: noWait,
  channel: optionalChoice('ciba', 'action-guard'),
  risk: optionalObject,
})

const resource = objectOf<ResourceOptions>({
  name: optionalText,
  baseUrl: required((value) => isFilled(value) || value instanceof URL, 'a URL'),
  methods: optionalList(isText),
  permission: optionalNames,
  audience: optionalText,
  sameOriginRedirects: optionalNumber({ least: 0, most: 3, integer: true }),
  approval: optional(approval),
  headers: operationChecks.headers,
  callIdHeader: optional(
    required(
      (value) => typeof value === 'boolean' || isFilled(value),
      'true or the name of a header',
    ),
  ),
  timeoutMs: optionalDuration,
  maxResponseBytes: optionalNumber({ least: 1, most: 2_147_483_647, unit: 'bytes' }),
})

const toolChecks: OptionChecks<SecureFetchToolOptions> = {
  name: optionalText,
  description: optionalText,
  resource: optionalText,
  permission: optionalNames,
  approval: optional(approval),
  maxResultCharacters: characters,
  errorDetail: operationChecks.errorDetail,
}

const operation = objectOf<FileOperation>({
  ...toolChecks,
  name: isText,
  description: isText,
  method: optionalChoice('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
  path: isText,
  params: uncheckedHere,
  queryParams: optionalList(isText),
  headerParams: operationChecks.headerParams,
  bodyParam: operationChecks.bodyParam,
  wireNames: operationChecks.wireNames,
  answer: operationChecks.answer,
  maxAnswerBytes: operationChecks.maxAnswerBytes,
  delimiter: operationChecks.delimiter,
  select: operationChecks.select,
  // A function, so only in a configuration that is a module.
  transform: operationChecks.transform,
  pagination: operationChecks.pagination,
  bodyType: operationChecks.bodyType,
  files: operationChecks.files,
  headers: operationChecks.headers,
  idempotencyKey: operationChecks.idempotencyKey,
  defaultApproval: optional(approval),
})

/** What is in them is checked where the document is read, which is loaded only then. */
const openapi = objectOf<FileOpenApi>({
  file: optionalText,
  resource: optionalText,
  include: optionalObject,
  permissions: optional(required((value) => value instanceof Object, 'an object or a function')),
  approval: optional((value, field) => {
    if (value !== false && typeof value !== 'function') approval(value, field)
  }),
  headers: optionalList(isText),
  describe: optionalFunction,
  namePrefix: optionalText,
  maxResultCharacters: characters,
  errorDetail: operationChecks.errorDetail,
})

const secureFetch: OptionCheck = (value, field) => {
  if (typeof value !== 'boolean') objectOf<SecureFetchToolOptions>(toolChecks)(value, field)
}

const fileChecks: OptionChecks<FileContent> = {
  $schema: optionalText,
  name: optionalText,
  resources: optionalList(resource),
  operations: optionalList(operation),
  secureFetch: optional(secureFetch),
  openapi: optional(openapi),
  ciba: optional(
    objectOf<FileCiba>({
      flow: optionalChoice('admin', 'tenant', 'workspace'),
      clientId: optionalText,
      loginHint: optionalText,
    }),
  ),
  approvals,
  // The client checks what is in it.
  budget: optionalObject,
}

/** Throws `ConfigError` for the first wrong field. `params` are checked where they are read. */
export function checkFile(value: unknown): asserts value is FileContent {
  checkOptions<FileContent>(value, 'the configuration', fileChecks)
}

function objectOf<Options>(checks: OptionChecks<Options>): OptionCheck {
  return (value, field) => checkOptions<Options>(value, field, checks, `${field}.`)
}

function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== ''
}
