import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Goal, type GoalName, goals } from '../goals.ts'
import type { Measurement } from '../measuring/measure.ts'
import type { Result } from '../run.ts'
import type { Section } from '../scenario.ts'
import { showGoal, showMeasurement, showValue } from './format.ts'
import { drawPicture } from './picture.ts'
import type { Run } from './report.ts'

const DOCS = resolve(import.meta.dirname, '../../../../docs')

/** Writes docs/benchmarks.md and docs/images/bench.svg. */
export function writeDocuments(run: Run): void {
  mkdirSync(join(DOCS, 'images'), { recursive: true })
  writeFileSync(join(DOCS, 'images/bench.svg'), drawPicture(run))
  writeFileSync(join(DOCS, 'benchmarks.md'), toMarkdown(run))
}

/** The document: how it was measured, the goals, then a chapter for each scenario. */
export function toMarkdown(run: Run): string {
  const sections = run.results.flatMap((each) => each.sections)
  return `${[
    INTRODUCTION,
    circumstances(run),
    '![CPU of a call beside undici, for five kinds of text in three sizes](images/bench.svg)',
    '## Goals',
    table(['Figure', 'Measured', 'Goal', 'Guards alone', ''], sections.flatMap(goalRows)),
    ...reasons(sections),
    ...run.results.flatMap(chapter),
  ].join('\n\n')}\n`
}

const INTRODUCTION = `# Benchmarks

Written by \`pnpm bench --write\`; do not edit. Ratios come first, because they hold on other machines;
times do not. CI holds the goals with a quarter of head-room: \`pnpm bench --quick --assert\`.
\`pnpm bench --against PATH\` measures another checkout in the same run.`

function circumstances({ machine, pace }: Run): string {
  const { date, processor, cores, memoryGiB, system, node, load, versions } = machine
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const busy = Math.max(...load) > cores / 2
  return `## How it was measured

- ${date}, ${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node.js ${node.slice(1)}.
- Load of the machine: ${load[0]} at the start, ${load[1]} at the end.${busy ? ' **The machine was busy: measure again on a quiet one.**' : ''}
- ${peers.join(', ')}.
- Subjects take turns in ${pace.rounds} rounds of about ${pace.roundMs} ms, after a warm-up. A ratio is the median of
  the ratios of the rounds; times are medians. CPU is that of all threads of the process that does the
  work, and servers are other processes.
- Packages run from source, with their types removed by Node.js. Budgets are lifted.`
}

function goalRows({ title, figures }: Section): string[][] {
  return figures.flatMap((figure) => {
    const goal = showGoal(figure)
    if (!goal) return []
    const verdict = goal.isMet ? 'reached' : '**not reached**'
    const { floor, unit } = figure
    const alone = floor === undefined ? '' : showValue({ value: floor, unit })
    return [[`${title}: ${figure.name}`, showValue(figure), goal.goal, alone, verdict]]
  })
}

/** Why goals are not reached, each once. */
function reasons(sections: readonly Section[]): string[] {
  const missed = sections
    .flatMap(({ figures }) => figures)
    .filter((each) => showGoal(each)?.isMet === false)
    .flatMap(({ goal }) => (goal === undefined ? [] : [goal]))
  const known: Partial<Record<GoalName, Goal>> = goals
  const lines = [...new Set(missed)].map((name) => {
    return `- **${name}**: ${known[name]?.why ?? 'not known yet.'}`
  })
  return lines.length === 0 ? [] : ['Why goals are not reached:', lines.join('\n')]
}

function chapter({ name, method, sections }: Result): string[] {
  return sections.flatMap(({ title, figures, measured }, index) => [
    `## ${title}`,
    ...(index === 0 ? [`${method} (\`--only ${name}\`)`] : []),
    ...(figures.length > 0
      ? [
          table(
            ['Figure', 'Measured'],
            figures.map((each) => [each.name, showValue(each)]),
          ),
        ]
      : []),
    ...(measured.length > 0 ? [measuredTable(measured)] : []),
  ])
}

function measuredTable(measured: readonly Measurement[]): string {
  const rows = measured.map((each) => [each.name, ...showMeasurement(each)])
  return table(['Subject', 'Time', 'CPU', 'Per second'], rows)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const ruler = line(head.map((cell, index) => (index === 0 || cell === '' ? '---' : '--:')))
  return [line(head), ruler, ...rows.map(line)].join('\n')
}
