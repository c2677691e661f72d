/** What a provider accepts as the schema of a tool, as data. Sources are listed in docs/tool-schemas.md. */
export interface ProviderRules {
  readonly toolName: RegExp
  readonly propertyName: RegExp
  /** Keywords that the provider refuses; all others are accepted. */
  readonly refused?: readonly string[]
  /** The only keywords that the provider accepts. */
  readonly accepted?: readonly string[]
  /** Every property must be in `required`. */
  readonly everyPropertyRequired?: boolean
  /** Every object must have `additionalProperties: false`. */
  readonly closedObjects?: boolean
  /** Whether `type` may be a list, such as `["string", "null"]`. */
  readonly typeLists: boolean
}

const anyName = /^[\s\S]+$/

/** Function calling with `strict: true`, the narrowest mode. */
export const openAiStrict: ProviderRules = {
  toolName: /^[a-zA-Z0-9_-]{1,64}$/,
  propertyName: anyName,
  refused: [
    ...['allOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentRequired', 'dependentSchemas'],
    ...['prefixItems', 'patternProperties', 'propertyNames', 'uniqueItems', 'minProperties'],
    ...['maxProperties', 'contains'],
  ],
  everyPropertyRequired: true,
  closedObjects: true,
  typeLists: true,
}

/** `functionDeclarations[].parameters`: one unknown field refuses the whole request. */
export const geminiParameters: ProviderRules = {
  toolName: /^[a-zA-Z_][a-zA-Z0-9_.-]{0,62}$/,
  propertyName: /^[a-zA-Z_]\w{0,63}$/,
  refused: [
    ...['$schema', 'const', 'propertyNames', 'additionalProperties', 'exclusiveMinimum'],
    ...['exclusiveMaximum', 'oneOf', 'allOf'],
  ],
  typeLists: false,
}

/** `functionDeclarations[].parametersJsonSchema`, by the documented keywords. */
export const geminiJsonSchema: ProviderRules = {
  toolName: geminiParameters.toolName,
  propertyName: anyName,
  accepted: [
    ...['type', 'title', 'description', 'enum', 'format', 'minimum', 'maximum', 'minItems'],
    ...['maxItems', 'items', 'prefixItems', 'properties', 'required', 'additionalProperties'],
  ],
  typeLists: true,
}

/** Tools with `strict: true`, the narrowest mode. */
export const anthropicStrict: ProviderRules = {
  toolName: /^[a-zA-Z0-9_-]{1,64}$/,
  propertyName: /^[a-zA-Z0-9_.-]{1,64}$/,
  refused: [
    ...['minimum', 'maximum', 'multipleOf', 'minLength', 'maxLength', 'maxItems'],
    ...['propertyNames', 'oneOf', 'prefixItems', '$ref'],
  ],
  closedObjects: true,
  typeLists: true,
}

/** MCP 2025-11-25, with the name that Cursor and Claude Code still accept behind their prefixes. */
export const mcpTool: ProviderRules = {
  toolName: /^[a-zA-Z][a-zA-Z0-9_]{0,39}$/,
  propertyName: anyName,
  typeLists: true,
}
