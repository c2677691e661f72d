import { checkOptions, type OptionCheck, type OptionChecks } from '../options/option-checks.ts'
import {
  isText,
  optional,
  optionalFunction,
  optionalList,
  required,
} from '../options/option-values.ts'
import { type ApprovalRule, checkApprovalRule } from '../policy/resource-policy.ts'
import { policyChecks, type ToolPolicyOptions } from '../tool/tool-options.ts'
import type { OpenApiInclude } from './include.ts'

/** An operation of a document, as options that decide about it see it. Texts are the document's: untrusted. */
export interface OpenApiOperation {
  /** The name of the tool. */
  readonly name: string
  readonly operationId: string | undefined
  /** In upper case. */
  readonly method: string
  readonly path: string
  readonly tags: readonly string[]
  /** The scopes that the document demands: alternatives, each a list of which all are needed. None: no scopes. */
  readonly scopes: readonly (readonly string[])[]
}

/** The permissions of an operation: all of them are needed. */
type Permissions = string | readonly string[] | undefined

export interface OpenApiOptions
  extends Pick<ToolPolicyOptions, 'resource' | 'maxResultCharacters' | 'errorDetail'> {
  /** Which operations become tools. Default: all. */
  readonly include?: OpenApiInclude | undefined
  /**
   * The permissions that the token must carry. An object maps each scope of the document to permissions; a scope that
   * it does not have refuses the operation. A function decides for each operation. Default: the scopes themselves.
   */
  readonly permissions?:
    | Readonly<Record<string, string | readonly string[]>>
    | ((operation: OpenApiOperation) => Permissions)
    | undefined
  /**
   * The approval of unsafe methods. A rule is for all of them; a function decides for every operation, safe ones
   * included, and `undefined` from it is the default; `false` requires none, and leaves it to the resource. Default: the
   * rule of the resource, or without one, a rule that names the tool and its required values.
   */
  readonly approval?:
    | ApprovalRule
    | false
    | ((operation: OpenApiOperation) => ApprovalRule | false | undefined)
    | undefined
  /** Headers of the document whose values a model may choose. Credentials are refused all the same. Default: none. */
  readonly headers?: readonly string[] | undefined
  /** Replaces the document's description of a tool, which a model reads; `undefined` keeps it. Default: none. */
  readonly describe?: ((operation: OpenApiOperation) => string | undefined) | undefined
  /** Put before the names of the tools, so that those of two documents differ: letters, digits and `_`. Default: none. */
  readonly namePrefix?: string | undefined
  /** The base URL of the resource, only to compare its path with that of the document's servers. */
  readonly baseUrl?: string | URL | undefined
}

const checkInclude: OptionCheck = (value, field) => {
  const checks: OptionChecks<OpenApiInclude> = {
    operationIds: optionalList(isText),
    tags: optionalList(isText),
    paths: optionalList(isText),
    methods: optionalList(isText),
  }
  checkOptions<OpenApiInclude>(value, field, checks, `${field}.`)
}

const checkApproval: OptionCheck = (value, field) => {
  if (value !== false && typeof value !== 'function') checkApprovalRule(value, field)
}

const isPermissions = (value: unknown): boolean =>
  [value].flat().every((name) => typeof name === 'string' && name.trim() !== '')

const checks: OptionChecks<OpenApiOptions> = {
  resource: policyChecks.resource,
  maxResultCharacters: policyChecks.maxResultCharacters,
  errorDetail: policyChecks.errorDetail,
  include: optional(checkInclude),
  permissions: optional(
    required((value) => {
      const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
      return typeof value === 'function' || (isRecord && Object.values(value).every(isPermissions))
    }, 'a function, or an object of permissions by scope'),
  ),
  approval: optional(checkApproval),
  headers: optionalList(isText),
  describe: optionalFunction,
  namePrefix: optional(
    required(
      (value) => typeof value === 'string' && /^[a-zA-Z][a-zA-Z0-9_]{0,19}$/.test(value),
      '1 to 20 letters, digits and _, begun by a letter',
    ),
  ),
  baseUrl: optional(required((value) => URL.canParse(String(value)), 'a URL')),
}

/** Throws `ConfigError` for an unknown, misspelt or unusable option. */
export function checkOpenApiOptions(options: unknown): asserts options is OpenApiOptions {
  checkOptions<OpenApiOptions>(options, 'the options of operationsFromOpenApi', checks)
}
