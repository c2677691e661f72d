import type { BaseMessage } from '@langchain/core/messages'
import { AIMessage, ToolMessage } from '@langchain/core/messages'
import { fakeModel } from '@langchain/core/testing'

type Model = ReturnType<typeof fakeModel>

/**
 * LangChain's own fake model, for runs without a key: the calls are scripted, the tools and the
 * summary are real: it is computed from what the tools brought back.
 */
export function scriptedVaultAnalyst(): Model {
  return fakeModel()
    .respondWithTools([
      { name: 'get_security_metrics', args: {}, id: 'call_metrics' },
      { name: 'list_vault_records', args: {}, id: 'call_records' },
    ])
    .respond((messages) => new AIMessage(summarise(messages)))
}

export function scriptedApiReader(endpoint: string): Model {
  return fakeModel()
    .respondWithTools([{ name: 'authsec_secure_fetch', args: { endpoint }, id: 'call_api' }])
    .respond((messages) => new AIMessage(describe(endpoint, resultOf(messages, 'call_api'))))
}

type Result = { ok: true; data: unknown } | { ok: false; message: string }

function resultOf(messages: readonly BaseMessage[], callId: string): Result {
  const message = messages.find(
    (item) => ToolMessage.isInstance(item) && item.tool_call_id === callId,
  )
  try {
    return JSON.parse(message?.text ?? '') as Result
  } catch {
    const firstLine = message?.text.split('\n')[0]?.replace(/^\w*Error: /, '')
    return { ok: false, message: firstLine ?? 'the tool did not answer' }
  }
}

interface Metrics {
  failed_logins: { total: number; change_percent: number }
  vulnerabilities: { critical_open: number }
  secrets: { older_than_90_days: number }
}

interface VaultRecord {
  id: string
  title: string
  severity: string
  status: string
  owner: string
}

function summarise(messages: readonly BaseMessage[]): string {
  const metrics = resultOf(messages, 'call_metrics')
  const records = resultOf(messages, 'call_records')
  return [
    metrics.ok ? aboutMetrics(metrics.data as Metrics) : `No metrics: ${metrics.message}`,
    records.ok
      ? aboutRecords((records.data as { records: VaultRecord[] }).records)
      : `No records: ${records.message}`,
  ].join('\n\n')
}

function aboutMetrics({ failed_logins, vulnerabilities, secrets }: Metrics): string {
  const { total, change_percent } = failed_logins
  const direction = change_percent >= 0 ? 'up' : 'down'
  return `This week: ${total} failed logins (${direction} ${Math.abs(change_percent)} %), ${vulnerabilities.critical_open} critical vulnerabilities open, ${secrets.older_than_90_days} static keys older than 90 days.`
}

function aboutRecords(records: readonly VaultRecord[]): string {
  const open = records.filter(({ status }) => status === 'open')
  const critical = open.filter(({ severity }) => severity === 'critical')
  const lines = critical.map(({ id, title, owner }) => `  - ${title} (${id}, owner ${owner})`)
  const head = `${open.length} of ${records.length} records are open, ${critical.length} of them critical:`
  return [head, ...lines].join('\n')
}

function describe(endpoint: string, result: Result): string {
  if (!result.ok) return `No data from ${endpoint}: ${result.message}`
  const { data } = result
  if (Array.isArray(data)) return `${endpoint} returned a list of ${data.length} items.`
  if (typeof data === 'object' && data !== null) {
    return `${endpoint} returned an object with the fields ${Object.keys(data).join(', ')}.`
  }
  return `${endpoint} returned ${JSON.stringify(data)}.`
}
