import type { AuditFields } from './audit-record.ts'

/**
 * A record as JSON, without its closing brace, so that its place in a chain can follow. The bytes are those of
 * `JSON.stringify({ version: 1, ...fields })`; the order of fields is that of `AuditFields`. A record is written
 * for each call, and one pass over known fields costs a fraction of what the general function does.
 */
export function recordText(fields: AuditFields): string {
  return `{"version":1,"time":"${fields.time}","kind":"${fields.kind}","outcome":"${fields.outcome}"${
    clientText(fields.client) +
    text(',"mode":', fields.mode) +
    text(',"callId":', fields.callId) +
    toolText(fields.tool) +
    text(',"toolCallId":', fields.toolCallId) +
    runText(fields.run) +
    userText(fields.user) +
    callerText(fields.caller) +
    text(',"provider":', fields.provider) +
    resourceText(fields.resource) +
    methodText(fields.method) +
    routeText(fields.route) +
    tokenText(fields.token) +
    text(',"subject":', fields.subject) +
    permissionText(fields.permission) +
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

/** What most records of a process have in common is not made anew for each. */
const clientText = remembered<string>(text, ',"client":')
const toolText = remembered<string>(text, ',"tool":')
const runText = remembered<string>(text, ',"run":')
const userText = remembered<string>(text, ',"user":')
const callerText = remembered<string>(text, ',"caller":')
const resourceText = remembered<string>(text, ',"resource":')
const methodText = remembered<string>(text, ',"method":')
const routeText = remembered<string>(text, ',"route":')
const tokenText = remembered<string>(text, ',"token":')
const permissionText = remembered<readonly string[]>(json, ',"permission":')

/** The text of the last value. One that may be altered is no such value. */
function remembered<Value extends string | readonly string[]>(
  textOf: (name: string, value: Value) => string,
  name: string,
): (value: Value | undefined) => string {
  let last: Value | undefined
  let lastText = ''
  return (value) => {
    if (value === undefined) return ''
    if (value === last) return lastText
    const made = textOf(name, value)
    if (!Object.isFrozen(value)) return made
    last = value
    lastText = made
    return made
  }
}

/** What JSON has to escape, or writes otherwise than it is. */
const SPECIAL = /[^\x20\x21\x23-\x5b\x5d-\x7e]/

function text(name: string, value: string | undefined): string {
  if (value === undefined) return ''
  return SPECIAL.test(value) ? name + JSON.stringify(value) : `${name}"${value}"`
}

/**
 * Numbers of records are finite, and have one decimal at most. -0 is 0 in JSON, and in a text. Two whole numbers are
 * written faster than one with a decimal.
 */
function number(name: string, value: number | undefined): string {
  if (value === undefined) return ''
  const tenths = Math.round(value * 10)
  if (!(tenths >= 0 && tenths < MOST_TENTHS && tenths / 10 === value)) return name + value
  const rest = tenths % 10
  const whole = name + (tenths - rest) / 10
  return rest === 0 ? whole : `${whole}.${rest}`
}

const MOST_TENTHS = 2 ** 31

function json(name: string, value: object | undefined): string {
  return value === undefined ? '' : name + JSON.stringify(value)
}
