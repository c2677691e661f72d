import { printable, withoutSecrets } from '../output/text.ts'
import type { Problem } from '../probe/problem.ts'
import { type DoctorCode, doctorCodes, type Severity, severities } from './codes.ts'

export interface Finding {
  readonly code: DoctorCode
  readonly severity: Severity
  readonly title: string
  readonly cause: string
  readonly fix: string
  /** The page about this code. */
  readonly docs: string
}

/** What is so, well or not: for a report of a fault, and for comparisons. Without secrets. */
export type Facts = Record<string, unknown>

export interface Report {
  readonly findings: readonly Finding[]
  readonly facts: Facts
}

const PAGE = 'https://github.com/authsec-ai/authsec-agents-js/blob/main/docs/doctor.md'
const ORDER = Object.keys(doctorCodes)

/** What a finding says beside its row of the table. */
export interface Details {
  /** What it is about, when it is not the AuthSec server. */
  readonly about?: string | undefined
  /** What was seen. */
  readonly seen?: string | undefined
  /** The remedy for exactly this case. */
  readonly fix?: string | undefined
}

/** Collects findings and facts while checks run side by side. */
export class Findings {
  readonly facts: Facts = {}
  readonly #found: Finding[] = []

  add(code: DoctorCode, { about, seen, fix }: Details = {}): void {
    const row = doctorCodes[code]
    const title = about === undefined ? row.meaning : `${about}: ${row.meaning}`
    const cause = seen === undefined ? row.cause : `${shown(seen)} ${row.cause}`
    const finding = { code, severity: severities[code], title, cause, fix: fix ?? row.fix }
    const isKnown = this.#found.some(
      (one) => one.code === code && one.title === title && one.cause === cause,
    )
    if (!isKnown) this.#found.push({ ...finding, docs: `${PAGE}#${code}` })
  }

  addProblems(problems: readonly Problem[], about?: string): void {
    for (const { code, seen } of problems) this.add(code, { about, seen })
  }

  has(...codes: readonly DoctorCode[]): boolean {
    return this.#found.some(({ code }) => codes.includes(code))
  }

  report(): Report {
    const findings = this.#found.toSorted((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code))
    return { findings, facts: this.facts }
  }
}

/** A path or a name of a file may hold what belongs elsewhere, and a header may hold anything. */
function shown(text: string): string {
  const clean = printable(withoutSecrets(text))
  return /[.!?]$/.test(clean) ? clean : `${clean}.`
}
