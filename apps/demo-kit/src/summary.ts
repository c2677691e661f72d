/** What a tool brought back, as far as a summary needs it. */
export type Result = { ok: true; data: unknown } | { ok: false; message: string }

/** Reads the text that a model is given as a tool's result. */
export function parseResult(text: string | undefined): Result {
  try {
    const value: unknown = JSON.parse(text ?? '')
    if (typeof value === 'object' && value !== null && 'ok' in value) return value as Result
  } catch {
    // Stopped before it ran: what is left is the framework's own text.
  }
  return { ok: false, message: firstSentence(text) ?? 'the tool did not answer' }
}

/** Of an error's text the sentence for people: no name of a class, no advice to a model. */
export function firstSentence(text: string | undefined): string | undefined {
  const line = text?.split('\n')[0]?.replace(/^\w*Error: /, '')
  return line === '' ? undefined : line
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

/** The analyst's summary of the vault, computed from what the two tools brought back. */
export function aboutWeek(metrics: Result, records: Result): string {
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

/** The same for an endpoint of which nothing is known. */
export function aboutEndpoint(endpoint: string, result: Result): string {
  if (!result.ok) return `No data from ${endpoint}: ${result.message}`
  const { data } = result
  if (Array.isArray(data)) return `${endpoint} returned a list of ${data.length} items.`
  if (typeof data === 'object' && data !== null) {
    return `${endpoint} returned an object with the fields ${Object.keys(data).join(', ')}.`
  }
  return `${endpoint} returned ${JSON.stringify(data)}.`
}
