import type { AuditApproval, AuditKind, AuditOutcome, AuditRecord } from './audit-record.ts'

/** A JSON Schema, in so far as this one uses it. */
interface Property {
  readonly description: string
  readonly type?: 'string' | 'integer' | 'number' | 'array' | 'object'
  readonly const?: 1
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: { readonly type: 'string' }
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Property>>
  readonly additionalProperties?: false
}

type Properties<Fields> = { readonly [Name in keyof Required<Fields>]: Property }

// Objects, because the compiler asks for the names that are missing in one.
const kinds: { readonly [Kind in AuditKind]: true } = {
  call: true,
  approval: true,
  credentials: true,
  token: true,
  client: true,
  log: true,
}
const outcomes: { readonly [Outcome in AuditOutcome]: true } = {
  started: true,
  completed: true,
  refused: true,
  failed: true,
  suspended: true,
  asked: true,
  approved: true,
  denied: true,
  expired: true,
  cancelled: true,
  acquired: true,
  dropped: true,
  created: true,
  opened: true,
  closed: true,
  lost: true,
}

const text = (description: string): Property => ({ type: 'string', description })
const time = (description: string): Property => ({
  type: 'string',
  pattern: '^[+-]?\\d{4,6}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$',
  description,
})
const count = (description: string): Property => ({ type: 'integer', minimum: 0, description })
const milliseconds = (description: string): Property => ({ type: 'number', description })
const sha256 = (description: string): Property => ({
  type: 'string',
  pattern: '^[0-9a-f]{64}$',
  description,
})

const approval: Properties<AuditApproval> = {
  code: text('The six characters that the approver saw.'),
  approver: text('Who was asked, as configured, or a pseudonym. Personal data.'),
  decidedAt: time('When the approver answered.'),
  waitedMs: milliseconds('From the question to the answer, in milliseconds.'),
}

const properties: Properties<AuditRecord> = {
  version: { type: 'integer', const: 1, description: 'Of this format.' },
  time: time('When it happened, in UTC.'),
  kind: { type: 'string', enum: Object.keys(kinds), description: 'What the record is about.' },
  outcome: { type: 'string', enum: Object.keys(outcomes), description: 'How it ended.' },
  client: text('Fingerprint of the client ID: cid_ and 8 hex digits of its SHA-256.'),
  mode: {
    type: 'string',
    enum: ['live', 'mock'],
    description: 'Records of a mock client are invented.',
  },
  callId: text('The same in all records of one call.'),
  tool: text('The tool that made the call.'),
  toolCallId: text('The ID that the framework or the provider of the model gave to the tool call.'),
  run: text('The run of the agent.'),
  user: text('On whose behalf the agent acts, or a pseudonym. Personal data.'),
  caller: text('The subject that called an MCP server, or a pseudonym. Personal data.'),
  provider: text('The cloud that credentials are for.'),
  resource: text('The protected API, by its name in the configuration.'),
  method: text('The HTTP method.'),
  route: text('The path below the resource, with the names of parameters where they are known.'),
  token: text('Fingerprint of the delegation token: tok_ and 8 hex digits of its SHA-256.'),
  subject: text('The agent that the token is for, without its client ID.'),
  permission: {
    type: 'array',
    items: { type: 'string' },
    description: 'The permissions that the call needs, or that the token has.',
  },
  expiresAt: time('When the token, the credentials or the question end.'),
  approval: {
    type: 'object',
    properties: approval,
    required: ['code'],
    additionalProperties: false,
    description: 'The question to a person, and the answer.',
  },
  attempts: count('Requests sent to the API for this call.'),
  status: { type: 'integer', minimum: 100, maximum: 999, description: 'The HTTP status.' },
  code: text('The code of the error.'),
  reason: text('The words of the API about an error. Untrusted.'),
  tokenProblem: text('Why the API rejected the token.'),
  cause: text('The code of the system for a failure, such as ECONNREFUSED.'),
  durationMs: milliseconds('In milliseconds, without the wait for a person.'),
  algorithm: {
    type: 'string',
    enum: ['sha256', 'hmac-sha256'],
    description: 'How the lines of this log are hashed.',
  },
  lost: count('How many records before this one could not be written.'),
  chain: text('The log: one run of one process, through all its files.'),
  seq: count('The place of the line in the chain, from 0.'),
  prev: sha256('The hash of the line before.'),
  hash: sha256('Over all bytes of the line before the comma before this field.'),
}

/**
 * The JSON Schema (2020-12) of a line of an audit log, for whatever reads it. The package also has it as a file,
 * `src/audit/audit-record.schema.json`. Fields are added within a version, and never change their meaning.
 */
export const auditRecordSchema: Readonly<Record<string, unknown>> = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://github.com/authsec-ai/authsec-agents-js/audit-record-1',
  title: 'AuthSec audit record',
  type: 'object',
  properties,
  required: ['version', 'time', 'kind', 'outcome'],
  additionalProperties: false,
}
