/** One question of docs/observability.md, with its query in each language. */
export interface Question {
  readonly title: string
  readonly promql: string
  readonly traceql: string
  /** The program, and the arguments before it. */
  readonly jq: { readonly args: readonly string[]; readonly program: string }
}

export function questionsOf(page: string): readonly Question[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((section) => ({
      title: section.slice(0, section.indexOf('\n')),
      promql: blockOf(section, 'promql'),
      traceql: blockOf(section, 'traceql'),
      jq: jqOf(blockOf(section, 'sh')),
    }))
}

function blockOf(section: string, language: string): string {
  return new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(section)?.[1]?.trim() ?? ''
}

function jqOf(command: string): Question['jq'] {
  const [, args = '', program = ''] = /^jq ([^']*)'([^']*)'/.exec(command) ?? []
  return { args: args.trim().split(/ +/), program }
}

/** Every metric that PromQL asks for. */
export function metricsIn(query: string): readonly string[] {
  return [...new Set(query.match(/\bauthsec_[a-z_]+_(?:bucket|count|sum|total|seconds)\b/g) ?? [])]
}

/** Every label of it: in `by (…)` and before a matcher. */
export function labelsIn(query: string): readonly string[] {
  const grouped = [...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) =>
    names.split(',').map((name) => name.trim()),
  )
  const matched = [...query.matchAll(/\b([a-z_]+)(?:=~|!=|=)"/g)].map(([, name = '']) => name)
  return [...new Set([...grouped, ...matched])].filter((name) => name !== 'le')
}

/** Every attribute of TraceQL. */
export function attributesIn(query: string): readonly string[] {
  return [...query.matchAll(/\bspan\.([a-z_.]+)/g)].map(([, name = '']) => name)
}

/** How Prometheus names what a metric of OpenTelemetry has (OpenTelemetry, Prometheus compatibility). */
export function prometheusNames(metric: {
  readonly name: string
  readonly unit: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
}): readonly string[] {
  const unit = metric.unit === 's' ? '_seconds' : ''
  const base = `${metric.name.replaceAll('.', '_')}${unit}`
  if (metric.kind === 'counter') return [`${base}_total`]
  return metric.kind === 'gauge'
    ? [base]
    : ['bucket', 'count', 'sum'].map((end) => `${base}_${end}`)
}
