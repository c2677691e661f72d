import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'

export interface RecordOptions {
  readonly file: string
  readonly text: string
  readonly update: boolean
  /** Whether the recorded text says the same as the new one. Default: they are equal. */
  readonly isSame?: (before: string, text: string) => boolean
}

/** Compares a text with the one that was recorded for it, or records it. Returns what differs, as one problem. */
export function recorded(options: RecordOptions): readonly string[] {
  const { file, text, update, isSame = Object.is } = options
  const before = read(file)
  if (before !== undefined && isSame(before, text)) return []
  if (update) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return []
  }
  const remedy = 'If this is meant, run `pnpm api --update` and commit what it writes.'
  return [`${basename(file)} is not what was recorded. ${remedy}\n${changes(before ?? '', text)}`]
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

const MOST_LINES = 40

/** Lines that went and lines that came; enough to see what happened, `git diff` shows the rest. */
function changes(before: string, after: string): string {
  const old = before.split('\n')
  const now = after.split('\n')
  const gone = without(old, now).map((line) => `- ${line}`)
  const come = without(now, old).map((line) => `+ ${line}`)
  const all = [...gone, ...come]
  const shown = all.slice(0, MOST_LINES)
  const rest = all.length > shown.length ? [`… and ${all.length - shown.length} lines more`] : []
  return shown.length > 0 ? [...shown, ...rest].join('\n') : 'Only the order of lines differs.'
}

/** The lines of one text that the other has fewer of. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>()
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1)
  return lines.filter((line) => {
    const count = left.get(line) ?? 0
    left.set(line, count - 1)
    return count <= 0
  })
}
