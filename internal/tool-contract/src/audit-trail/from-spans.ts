import type { TracedRow } from './rows.ts'

/** What is needed of a finished span. */
interface FinishedSpan {
  readonly attributes: Readonly<Record<string, unknown>>
}

/** The rows that spans tell, by nothing else, in the order in which they are given. */
export function rowsOfSpans(spans: readonly FinishedSpan[]): readonly TracedRow[] {
  return spans
    .map(({ attributes }) => attributes)
    .filter((attributes) => attributes['authsec.step'] === 'call')
    .map(rowOf)
}

function rowOf(attributes: FinishedSpan['attributes']): TracedRow {
  const text = (name: string): string => String(attributes[name] ?? '')
  const optional = (key: keyof TracedRow, name: string): object =>
    attributes[name] === undefined ? {} : { [key]: attributes[name] }
  return {
    callId: text('authsec.call.id'),
    user: text('authsec.user'),
    tool: text('gen_ai.tool.name'),
    resource: text('authsec.resource'),
    method: text('http.request.method'),
    route: text('authsec.route'),
    permission: attributes['authsec.permission'] as readonly string[],
    outcome: attributes['authsec.outcome'] as TracedRow['outcome'],
    attempts: Number(attributes['authsec.attempts']),
    ...optional('status', 'http.response.status_code'),
    ...optional('code', 'authsec.code'),
    ...optional('token', 'authsec.token'),
    ...optional('toolCallId', 'gen_ai.tool.call.id'),
    ...optional('run', 'authsec.run'),
    ...optional('approvedBy', 'authsec.approval.approver'),
    ...optional('approvalCode', 'authsec.approval.code'),
  }
}
