import { apiCodes } from './codes/api-codes.ts'
import { approvalCodes } from './codes/approval-codes.ts'
import { auditCodes } from './codes/audit-codes.ts'
import { authSecCodes } from './codes/authsec-codes.ts'
import { connectionCodes } from './codes/connection-codes.ts'
import { installationCodes } from './codes/installation-codes.ts'
import type { Row, Severity } from './codes/row.ts'
import { settingsCodes } from './codes/settings-codes.ts'
import { storeCodes } from './codes/store-codes.ts'

export type { Severity }

/**
 * Every code that `authsec doctor` reports: what it means, where it comes from, and the remedy. docs/doctor.md is made
 * of this table.
 */
export type DoctorCode = keyof typeof codes

/** A row of the table. */
export interface CodeFacts {
  /** One sentence that names the fault. */
  readonly meaning: string
  readonly cause: string
  /** The remedy. */
  readonly fix: string
}

const codes = {
  ...settingsCodes,
  ...connectionCodes,
  ...authSecCodes,
  ...apiCodes,
  ...approvalCodes,
  ...auditCodes,
  ...storeCodes,
  ...installationCodes,
}

/** Every code of the doctor, by name, in the order in which findings are listed. */
export const doctorCodes: Readonly<Record<DoctorCode, CodeFacts>> = Object.freeze(
  mapRows(([, meaning, cause, fix]) => Object.freeze({ meaning, cause, fix })),
)

/** How grave each code is. */
export const severities: Readonly<Record<DoctorCode, Severity>> = Object.freeze(
  mapRows(([severity]) => severity),
)

function mapRows<Value>(value: (row: Row) => Value): Record<DoctorCode, Value> {
  const rows: readonly (readonly [string, Row])[] = Object.entries(codes)
  return Object.fromEntries(rows.map(([code, row]) => [code, value(row)])) as Record<
    DoctorCode,
    Value
  >
}
