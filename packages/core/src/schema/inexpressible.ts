/** Why a part of a document does not become a part of a tool. Stable, for `switch`. */
export type OpenApiReason =
  | 'remote_ref'
  | 'missing_ref'
  | 'cyclic_ref'
  | 'too_deep'
  | 'too_large'
  | 'malformed'
  | 'untyped'
  | 'unsupported_schema'
  | 'name_unusable'
  | 'parameter_style'
  | 'cookie_parameter'
  | 'header_not_listed'
  | 'header_reserved'
  | 'query_reserved'
  | 'path_unusable'
  | 'method_unsupported'
  | 'body_not_json'
  | 'body_not_allowed'
  | 'response_not_json'
  | 'other_server'
  | 'security_ambiguous'
  | 'scope_unusable'
  | 'operation_unusable'
  | 'base_path'

/** What to do about each reason. */
const remedies: Readonly<Record<OpenApiReason, string>> = {
  remote_ref: 'Bundle the document into one file first: nothing is loaded from elsewhere.',
  missing_ref: 'Correct the $ref, or bundle the document again.',
  cyclic_ref: 'Declare the operation by hand, with as many levels as it needs.',
  too_deep: 'Declare the operation by hand, with fewer levels.',
  too_large: 'Declare the operation by hand, or cut the document down to what the agent needs.',
  malformed: 'Correct the document: validate it with a linter for OpenAPI.',
  untyped: 'Name the type in the document, or declare the operation by hand.',
  unsupported_schema: 'Declare the operation by hand, with a schema of zod.',
  name_unusable: 'Declare the operation by hand, with a name for the parameter and `wireNames`.',
  parameter_style: 'Declare the operation by hand, with a text for the parameter.',
  cookie_parameter: 'Cookies are never sent: ask the provider of the API for another way.',
  header_not_listed:
    'List the header in the option `headers` if a model may choose its value, or declare the operation by hand.',
  header_reserved:
    'The client sends what is needed of it: a model has no credential and no framing to choose.',
  query_reserved: 'The name is never sent in a query: ask the provider of the API for another way.',
  path_unusable: 'Correct the path in the document: plain segments and {name}.',
  method_unsupported: 'Use an operation with another method.',
  body_not_json:
    'Only JSON and forms are sent: call it with `fetch` of the client in a tool of your own.',
  body_not_allowed: 'A body is sent with POST, PUT and PATCH only.',
  response_not_json:
    'Declare the operation by hand, with `answer`: JSON, CSV and plain text are read from a document.',
  other_server:
    'Make the other server a resource of its own, and declare the operation by hand for it.',
  security_ambiguous: 'Decide it in the option `permissions`, as a function of the operation.',
  scope_unusable: 'Map the scope in the option `permissions`, or decide with a function.',
  operation_unusable: 'Declare the operation by hand.',
  base_path: 'End `baseUrl` of the resource with this path.',
}

/** A part of a document that a tool cannot express. Caught where the part can be left out. */
export class Inexpressible extends Error {
  override readonly name = 'Inexpressible'
  readonly reason: OpenApiReason
  readonly pointer: string

  constructor(reason: OpenApiReason, pointer: string, message: string) {
    super(message)
    this.reason = reason
    this.pointer = pointer
  }
}

export function remedyFor(reason: OpenApiReason): string {
  return remedies[reason]
}
