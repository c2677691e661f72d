import type { AuditFields } from './audit-record.ts'

/**
 * A record as JSON, without its closing brace, so that its place in a chain can follow. The bytes are those of
 * `JSON.stringify({ version: 1, ...fields })`; the order of fields is that of `AuditFields`. A record is written
 * for each call, and one pass over known fields costs a fraction of what the general function does.
 */
export function recordText(fields: AuditFields): string {
  return `{"version":1,"time":"${fields.time}","kind":"${fields.kind}","outcome":"${fields.outcome}"${
    text(',"client":', fields.client) +
    text(',"mode":', fields.mode) +
    text(',"callId":', fields.callId) +
    text(',"tool":', fields.tool) +
    text(',"toolCallId":', fields.toolCallId) +
    text(',"run":', fields.run) +
    text(',"user":', fields.user) +
    text(',"caller":', fields.caller) +
    text(',"provider":', fields.provider) +
    text(',"resource":', fields.resource) +
    text(',"method":', fields.method) +
    text(',"route":', fields.route) +
    text(',"token":', fields.token) +
    text(',"subject":', fields.subject) +
    json(',"permission":', fields.permission) +
    text(',"expiresAt":', fields.expiresAt) +
    json(',"approval":', fields.approval) +
    number(',"attempts":', fields.attempts) +
    number(',"status":', fields.status) +
    text(',"code":', fields.code) +
    text(',"reason":', fields.reason) +
    text(',"tokenProblem":', fields.tokenProblem) +
    text(',"cause":', fields.cause) +
    number(',"durationMs":', fields.durationMs) +
    text(',"algorithm":', fields.algorithm) +
    number(',"lost":', fields.lost)
  }`
}

/** What JSON has to escape, or writes otherwise than it is. */
const SPECIAL = /[^\x20\x21\x23-\x5b\x5d-\x7e]/

function text(name: string, value: string | undefined): string {
  if (value === undefined) return ''
  return SPECIAL.test(value) ? name + JSON.stringify(value) : `${name}"${value}"`
}

/** Numbers of records are finite. -0 is 0 in JSON, and in a text. */
function number(name: string, value: number | undefined): string {
  return value === undefined ? '' : name + value
}

function json(name: string, value: object | undefined): string {
  return value === undefined ? '' : name + JSON.stringify(value)
}
