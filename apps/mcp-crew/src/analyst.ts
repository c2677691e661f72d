import type { Printer } from '@authsec-apps/demo-kit'

/** The part of an MCP client that the analyst uses. Both official SDKs have it. */
export interface ToolClient {
  listTools(): Promise<{ tools: readonly { name: string }[] }>
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<unknown>
}

type Outcome = { ok: true; data: unknown } | { ok: false; code: string; message: string }

/** Calls that must be refused, unless the delegation includes a permission that analysts rarely have. */
const FORBIDDEN: readonly { name: string; args: Record<string, unknown>; unless?: string }[] = [
  { name: 'get_vault_record', args: { id: 'rec-0006' }, unless: 'records:restricted' },
  { name: 'export_audit_log', args: {}, unless: 'audit:export' },
  { name: 'authsec_secure_fetch', args: { endpoint: '../authsec/uflow' } },
]

/**
 * A scripted analyst of a crew: shows its identity, reads the metrics and the records, and tries calls
 * that it may not make. Returns whether all permitted calls succeeded and all others were refused.
 */
export async function runAnalyst(client: ToolClient, printer: Printer): Promise<boolean> {
  printer.title('Tools of the server')
  const { tools } = await client.listTools()
  for (const { name } of tools) printer.step(name)

  const permissions = await introduce(client, printer)
  if (!permissions) return false
  const metrics = await read(client, printer, 'get_security_metrics', {})
  const records = await read(client, printer, 'list_vault_records', {})
  if (metrics && records) printer.block(summary(metrics as Metrics, records as Records))

  printer.title('Calls that the analyst may not make')
  const refusals: boolean[] = []
  for (const { name, args, unless } of FORBIDDEN) {
    if (unless && permissions.includes(unless)) printer.step(`${name}: allowed, by ${unless}`)
    else refusals.push(await refused(client, printer, name, args))
  }
  const isDone = Boolean(metrics && records) && refusals.every(Boolean)
  if (isDone) printer.good('Done. The crew saw data and refusals, and never a token.')
  return isDone
}

/** Returns the permissions, or nothing when there is no token. */
async function introduce(
  client: ToolClient,
  printer: Printer,
): Promise<readonly string[] | undefined> {
  printer.title('Identity of the analyst')
  const facts = await call(client, 'authsec_whoami', {})
  if (!facts['ok']) {
    printer.bad(String(facts['message']))
    return undefined
  }
  const permissions = facts['permissions'] as readonly string[]
  printer.fact('Mode', String(facts['mode']))
  printer.fact('Token', String(facts['fingerprint']))
  printer.fact('Subject', String(facts['subject']))
  printer.fact('Permissions', permissions.join(', ') || 'none')
  printer.fact('Expires', String(facts['expiresAt']))
  printer.title('Calls that the analyst may make')
  return permissions
}

async function read(
  client: ToolClient,
  printer: Printer,
  name: string,
  args: Record<string, unknown>,
): Promise<unknown> {
  const outcome = (await call(client, name, args)) as Outcome
  if (!outcome.ok) {
    printer.bad(`${name}: ${outcome.message}`)
    return undefined
  }
  printer.good(name)
  return outcome.data
}

/** Makes a call that must be refused. */
async function refused(
  client: ToolClient,
  printer: Printer,
  name: string,
  args: Record<string, unknown>,
): Promise<boolean> {
  const outcome = (await call(client, name, args)) as Outcome
  const shown = `${name} ${JSON.stringify(args)}`
  if (outcome.ok) printer.bad(`${shown} succeeded, but should have been refused.`)
  else printer.good(`${shown}: refused (${outcome.code}). ${outcome.message}`)
  return !outcome.ok
}

async function call(
  client: ToolClient,
  name: string,
  args: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const result = await client.callTool({ name, arguments: args })
  const content = (result as { structuredContent?: Record<string, unknown> }).structuredContent
  return content ?? { ok: false, code: 'no_content', message: 'The server sent no outcome.' }
}

interface Metrics {
  failed_logins: { total: number; change_percent: number }
  vulnerabilities: { critical_open: number }
}

interface Records {
  records: readonly { id: string; title: string; severity: string; status: string }[]
}

function summary({ failed_logins, vulnerabilities }: Metrics, { records }: Records): string {
  const { total, change_percent } = failed_logins
  const open = records.filter(({ status }) => status === 'open')
  const critical = open.filter(({ severity }) => severity === 'critical')
  return [
    `This week: ${total} failed logins (${change_percent} % more), ${vulnerabilities.critical_open} critical vulnerabilities open.`,
    `${open.length} of ${records.length} records are open, ${critical.length} of them critical:`,
    ...critical.map(({ id, title }) => `  - ${title} (${id})`),
  ].join('\n')
}
