/** `error`: the agent cannot work. `warning`: it works now, or works by accident. */
export type Severity = 'error' | 'warning'

/** A row of the table of codes. */
export type Row = readonly [severity: Severity, meaning: string, cause: string, fix: string]

export type Rows = Readonly<Record<string, Row>>
