import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Course } from '../setup.ts'
import { type Chart, drawChart, type Line } from './chart.ts'
import { capacityTable, figuresTable, type Ran, startTable } from './tables.ts'

const DOCS = resolve(import.meta.dirname, '../../../../docs')
const BEGIN = '<!-- Written by `pnpm fleet --write`; do not edit until the end mark. -->'
const END = '<!-- End of what `pnpm fleet --write` wrote. -->'

const COLUMNS =
  '"Expired in use" counts tokens that expired although their agent had called in the last minute, or the last tenth of the life where that is shorter. What fails is counted by code; most of the calls that wait for nothing are not run one by one.'

const chapters: readonly { readonly course: Course; readonly title: string; text: string }[] = [
  {
    course: 'day',
    title: 'A steady day',
    text: 'Agents call at random times, 12 calls an hour each; 60 with tokens of 5 minutes.',
  },
  {
    course: 'storm',
    title: 'All agents start at once',
    text: 'Each agent calls within the first second, and comes again at `retryAt` for three hours. The waits are those of all calls, so the longest one is what the last agent waited for its first token.',
  },
  {
    course: 'deploy',
    title: 'A rolling deploy',
    text: 'Within ten minutes each process is replaced by one whose memory is empty. A call is tried again for an hour.',
  },
  {
    course: 'outage',
    title: 'AuthSec is away for an hour',
    text: 'Connections are refused, hang or end with 503. No call is tried again.',
  },
  {
    course: 'failover',
    title: 'A region is lost',
    text: 'AuthSec goes away, and after ten minutes all processes start again with the base URL of another region, which knows the same delegations and none of the tokens that processes held. A call is tried again for an hour.',
  },
]

/** Writes the figures into docs/scale.md, between their marks, and the pictures. */
export function writeDocuments(ran: readonly Ran[], facts: string): void {
  mkdirSync(join(DOCS, 'images'), { recursive: true })
  for (const [name, chart] of Object.entries(chartsOf(ran))) {
    writeFileSync(join(DOCS, `images/scale-${name}.svg`), drawChart(chart))
  }
  const path = join(DOCS, 'scale.md')
  writeFileSync(path, withFigures(readFileSync(path, 'utf8'), toMarkdown(ran, facts)))
}

/** Throws where the marks are not there, once each. */
export function withFigures(page: string, figures: string): string {
  const [before, rest, ...more] = page.split(BEGIN)
  const [, after, ...others] = rest?.split(END) ?? []
  if (before === undefined || after === undefined || more.length + others.length > 0) {
    throw new Error('docs/scale.md needs the marks for the figures, once each.')
  }
  return `${before}${BEGIN}\n\n${figures}\n\n${END}${after}`
}

function toMarkdown(ran: readonly Ran[], facts: string): string {
  const parts = [
    facts,
    COLUMNS,
    '### How many can start behind one address',
    startTable(),
    '### How many can live behind one address',
    capacityTable(),
    ...chapters.flatMap(({ course, title, text }) => {
      const its = ran.filter(({ setup }) => setup.course === course)
      if (its.length === 0) return []
      return [`### ${title}`, text, figuresTable(its), ...picture(course, title)]
    }),
  ]
  return parts.join('\n\n')
}

function picture(course: Course, title: string): readonly string[] {
  const name = pictures[course]
  return name === undefined ? [] : [`![${title}: requests by minute](images/scale-${name}.svg)`]
}

const pictures: Partial<Record<Course, string>> = {
  storm: 'storm',
  deploy: 'deploy',
  outage: 'outage',
}

function chartsOf(ran: readonly Ran[]): Readonly<Record<string, Chart>> {
  const of = (course: Course, names: readonly string[]): Ran[] =>
    ran.filter(({ setup, name }) => setup.course === course && names.includes(name))
  return {
    storm: {
      title: 'Requests a minute at AuthSec after 1 000 agents started, one address',
      lines: of('storm', [
        '1 000 agents, 4 processes',
        '1 000 agents, 4 processes, limit not divided',
        '1 000 agents, 4 processes for each, no store',
        '1 000 agents, 4 processes for each, shared store',
      ]).map((one) => line(one, 'requests', 32)),
    },
    deploy: {
      title: 'Requests a minute at AuthSec, deploy in minutes 60 to 70',
      lines: of('deploy', [
        '1 000 agents, 4 processes, no store',
        '1 000 agents, 4 processes, shared store',
      ]).map((one) => line(one, 'requests', 180)),
    },
    outage: {
      title: 'Failed calls a minute, AuthSec away in minutes 60 to 120',
      lines: ran
        .filter(({ setup }) => setup.course === 'outage')
        .map((one) => line(one, 'failed', 180)),
    },
  }
}

function line({ name, result }: Ran, what: 'requests' | 'failed', minutes: number): Line {
  return {
    name: name.replace(/^1 000 agents, (4 processes, (?=no|shared|limit))?/, ''),
    values: result.perMinute[what].slice(0, minutes + 1),
  }
}
