import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { diff } from 'node:util'

export interface RecordOptions {
  readonly file: string
  readonly text: string
  readonly update: boolean
  /** Whether the recorded text means the same as the new one. Default: they are equal. */
  readonly isSame?: (before: string, text: string) => boolean
}

/** Compares a text with the one that was recorded for it, or records it. Returns what differs, as one problem. */
export function recorded(options: RecordOptions): readonly string[] {
  const { file, text, update, isSame = Object.is } = options
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined
  if (before !== undefined && isSame(before, text)) return []
  if (update) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return []
  }
  const remedy = 'If the change is intended, run `pnpm api --update` and commit what it writes.'
  return [`${basename(file)} is not what was recorded. ${remedy}\n${changes(before ?? '', text)}`]
}

const MOST_LINES = 40

/** The lines that were removed and added, as far as they help; `git diff` shows the rest. */
function changes(before: string, after: string): string {
  const lines = diff(before.split('\n'), after.split('\n'))
    .filter(([kind]) => kind !== 0)
    .map(([kind, line]) => `${kind > 0 ? '-' : '+'} ${line}`)
  const rest = lines.length - MOST_LINES
  return [...lines.slice(0, MOST_LINES), ...(rest > 0 ? [`… and ${rest} more lines`] : [])].join(
    '\n',
  )
}
