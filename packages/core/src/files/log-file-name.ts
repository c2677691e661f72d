const FORM = /^(?<stem>.*)\.\d{8}T\d{9}Z-\d{6}-(?<log>[0-9a-f]{8})(?<extension>(?:\.[^.]*)?)$/s

/** What the name of a file of a log says. */
export interface LogFileName {
  readonly stem: string
  /** Eight hex digits that all files of one log share. */
  readonly log: string
  readonly extension: string
}

/**
 * Reads the name of a file of a log. Undefined for a name of another form.
 *
 * @example
 * ```ts
 * import { logFileName } from '@authsec/core/adapter'
 *
 * export const isOfLog = (name: string, log: string): boolean => logFileName(name)?.log === log
 * ```
 */
export function logFileName(name: string): LogFileName | undefined {
  const { stem, log, extension } = FORM.exec(name)?.groups ?? {}
  if (stem === undefined || log === undefined || extension === undefined) return undefined
  return { stem, log, extension }
}
