import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { combineObservers } from '@authsec/core'
import { type AuditRecord, createAuditLog } from '@authsec/core/audit'
import { verifierTelemetry } from '@authsec/otel'
import { fastClock, rejection, testClient, testEmulator, watch } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { authsec } from '../../../packages/otel/src/attributes.ts'
import { startSdk, type TestSdk } from '../../../packages/otel/test/support/sdk.ts'
import {
  attributesIn,
  labelsIn,
  metricsIn,
  prometheusNames,
  questionsOf,
} from '../src/observability-page.ts'

const root = join(import.meta.dirname, '../../..')
const read = (file: string): string => readFileSync(join(root, 'docs', file), 'utf8')

const questions = questionsOf(read('observability.md'))
const dashboard = JSON.parse(read('observability/dashboard.json'))
const panels: readonly { readonly title: string; readonly targets: readonly { expr: string }[] }[] =
  dashboard.panels
const approver = 'approver@example.com'

/** An agent that does one of each: what it leaves in the audit log, the spans and the metrics. */
async function runAgent(sdk: TestSdk): Promise<readonly string[]> {
  const lines: string[] = []
  await using emulator = await testEmulator({ users: [{ email: approver }] })
  await using audit = createAuditLog({ write: (line) => void lines.push(line) })
  const { instrumentation, onEvent } = sdk.telemetry
  await using client = testClient(emulator, {
    ...{ instrumentation, onEvent: combineObservers(audit, onEvent) },
    ...{ clock: fastClock, timeoutMs: 120_000 },
  })
  const who = { tool: 'show', user: 'ann', run: 'run_17', toolCallId: 'toolu_1' }
  await client.secureFetch({ endpoint: 'metrics' }, who)
  emulator.control.scriptApproval('approve')
  const approval = { approver, message: 'Show?', timeoutMs: 60_000 }
  await client.secureFetch(
    { endpoint: 'metrics', approval },
    { ...who, run: 'run_18', user: 'ben' },
  )
  await rejection(client.secureFetch({ endpoint: '../x' }, who))
  const { tracerProvider, meterProvider } = sdk
  const { onDecision } = verifierTelemetry({ tracerProvider, meterProvider })
  const decided = { time: new Date(), durationMs: 1, callId: 'call_6f1d2a90c4b7e853' }
  onDecision({ ...decided, decision: 'rejected', code: 'token_expired', status: 401 })
  return lines
}

interface Told {
  readonly names: readonly string[]
  readonly metrics: ReadonlySet<string>
  readonly labels: ReadonlySet<string>
  readonly attributes: ReadonlySet<string>
  readonly records: readonly AuditRecord[]
  readonly lines: readonly string[]
}

const label = (attribute: string): string => attribute.replaceAll('.', '_')

async function told(): Promise<Told> {
  await using sdk = startSdk()
  const lines = await runAgent(sdk)
  const metrics = await sdk.metrics()
  const points = await Promise.all(metrics.map(({ name }) => sdk.points(name)))
  return {
    names: metrics.map(({ name }) => name),
    metrics: new Set(metrics.flatMap(prometheusNames)),
    labels: new Set(points.flat().flatMap(({ attributes }) => Object.keys(attributes).map(label))),
    attributes: new Set((await sdk.spans()).flatMap(({ attributes }) => Object.keys(attributes))),
    records: lines.map((line): AuditRecord => JSON.parse(line)),
    lines,
  }
}

/** Labels and attributes of what this agent did not do. */
const RARE = new Set(['error_type'])
const known = await told()

describe('docs/observability.md', () => {
  it('answers five questions in three languages', () => {
    expect(questions.map(({ title }) => title)).toHaveLength(5)
    for (const { title, promql, traceql, jq } of questions) {
      expect(
        [promql, traceql, jq.program].filter((query) => query === ''),
        title,
      ).toEqual([])
    }
  })

  it.each(questions)(
    'asks for metrics and attributes that exist: $title',
    ({ promql, traceql }) => {
      expect(metricsIn(promql).length).toBeGreaterThan(0)
      expect(metricsIn(promql).filter((name) => !known.metrics.has(name))).toEqual([])
      expect(labelsIn(promql).filter((name) => !known.labels.has(name))).toEqual([])
      expect(attributesIn(traceql).length).toBeGreaterThan(0)
      expect(attributesIn(traceql).filter((name) => !known.attributes.has(name))).toEqual([])
    },
  )
})

describe('docs/telemetry.md', () => {
  const page = read('telemetry.md')

  it('names every attribute and every metric', () => {
    const names = [...Object.values(authsec), ...known.attributes, ...known.names]
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })

  it('names no attribute and no metric that does not exist', () => {
    const ours = page.match(/(?<=`)authsec\.[a-z_.]+(?=`)/g) ?? []
    const spans = ['authsec.call', 'authsec.token', 'authsec.approval', 'authsec.verify']
    const names = new Set<string>([...Object.values(authsec), ...known.names, ...spans])
    expect(ours.filter((name) => !names.has(name))).toEqual([])
  })
})

describe('the dashboard', () => {
  it.each(panels)('asks for metrics and labels that exist: $title', ({ targets }) => {
    for (const { expr } of targets) {
      expect(metricsIn(expr).length).toBeGreaterThan(0)
      expect(metricsIn(expr).filter((name) => !known.metrics.has(name))).toEqual([])
      const missing = labelsIn(expr).filter((name) => !known.labels.has(name) && !RARE.has(name))
      expect(missing).toEqual([])
    }
  })

  it('shows every metric', () => {
    const shown = new Set(
      panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsIn(expr))),
    )
    const bases = [...known.metrics].map((name) => name.replace(/_(?:bucket|count|sum)$/, ''))
    const missing = bases.filter((base) => ![...shown].some((name) => name.startsWith(base)))
    expect(missing).toEqual([])
  })
})

describe('the collector', () => {
  it('has every part that its pipelines name, and hides only attributes that exist', () => {
    const config = parse(read('observability/collector.yaml'))
    for (const pipeline of Object.values<Record<string, string[]>>(config.service.pipelines)) {
      for (const [kind, names] of Object.entries(pipeline)) {
        for (const name of names) expect(Object.keys(config[kind])).toContain(name)
      }
    }
    const actions: readonly { key: string }[] = config.processors['attributes/people'].actions
    const people = ['authsec.user', 'authsec.caller', 'authsec.approval.approver']
    expect(actions.map(({ key }) => key)).toEqual(people)
  })
})

/** The same answers in JavaScript, by the title of the question. */
const answers: Readonly<Record<string, (records: readonly AuditRecord[]) => unknown[][]>> = {
  'Who called what?': (records) =>
    callsOf(records).map((r) => [r.time, r.user, r.tool, r.method, r.resource, r.route, r.outcome]),
  'What was refused, and why?': (records) =>
    callsOf(records)
      .filter(({ outcome }) => outcome === 'refused')
      .map((r) => [r.time, r.code, r.user, r.tool, r.route, (r.permission ?? []).join(' ')]),
  'Who approved?': (records) =>
    callsOf(records)
      .filter(({ approval }) => approval)
      .map((r) => [
        r.approval?.decidedAt,
        r.approval?.approver,
        r.approval?.code,
        r.user,
        r.method,
        r.route,
      ]),
  "Which agent's delegation runs out next?": (records) =>
    records
      .filter(({ kind, outcome }) => kind === 'token' && outcome === 'acquired')
      .map((r) => [r.expiresAt, r.client, r.subject]),
  'What did an agent do in one run?': (records) =>
    records
      .filter(({ run }) => run === 'run_17')
      .map((r) => [r.time, r.callId, r.kind, r.outcome, r.method, r.route, r.code]),
}

function callsOf(records: readonly AuditRecord[]): readonly AuditRecord[] {
  return records.filter(({ kind, outcome }) => kind === 'call' && outcome !== 'started')
}

const hasJq = spawnSync('jq', ['--version']).status === 0
if (!hasJq) console.log('There is no jq: its queries are compared with nothing.')

describe('a query with jq', () => {
  it.each(questions)('gives the answer to: $title', ({ title, jq }) => {
    const expected = answers[title]?.(known.records).map((row) =>
      row.map((each) => each ?? '').join('\t'),
    )
    expect(expected?.length).toBeGreaterThan(0)
    if (!hasJq) return
    const input = `${known.lines.join('\n')}\n`
    const output = execFileSync('jq', [...jq.args, jq.program], { input, encoding: 'utf8' })
    watch('jq', output)
    expect(output.replace(/\n$/, '').split('\n')).toEqual(expected)
  })
})
