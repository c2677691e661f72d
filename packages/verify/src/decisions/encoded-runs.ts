/** A place in a text, and what stands there instead. */
interface Found {
  readonly start: number
  readonly end: number
  readonly replacement: string
}

/** Finds secrets in a text whose letters are bytes. */
export type Find = (bytes: string) => readonly Found[]

/** Long enough for sixteen letters. With slashes, which are letters of base64 as well as of paths. */
const BASE64_RUN = /[\w+/-]{22,}/g
const HEX_RUN = /[0-9a-f]{32,}/gi

/** Replaces what is a secret in base64, base64url or hex: only that, and not the path around it. */
export function redactEncoded(text: string, find: Find): string {
  const withoutHex = replaceIn(text, HEX_RUN, (run) => {
    return [0, 1].flatMap((offset) =>
      find(fromHex(run.slice(offset))).map(({ start, end, replacement }) => ({
        start: offset + start * 2,
        end: offset + end * 2,
        replacement,
      })),
    )
  })
  return replaceIn(withoutHex, BASE64_RUN, (run) => {
    // A run begins anywhere, and four letters are a group.
    return [0, 1, 2, 3].flatMap((offset) =>
      find(fromBase64(run.slice(offset))).map(({ start, end, replacement }) => ({
        start: offset + Math.floor((start * 4) / 3),
        end: Math.min(run.length, offset + Math.ceil((end * 4) / 3)),
        replacement,
      })),
    )
  })
}

function replaceIn(text: string, runs: RegExp, find: Find): string {
  return text.replace(runs, (run) => {
    let clean = ''
    let from = 0
    for (const { start, end, replacement } of find(run).toSorted((a, b) => a.start - b.start)) {
      if (end <= from) continue
      if (start >= from) clean += run.slice(from, start) + replacement
      from = end
    }
    return clean + run.slice(from)
  })
}

function fromHex(run: string): string {
  return run.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)))
}

function fromBase64(run: string): string {
  const letters = run.replaceAll('-', '+').replaceAll('_', '/')
  const rest = letters.length % 4
  return atob(rest === 1 ? letters.slice(0, -1) : letters + '='.repeat((4 - rest) % 4))
}
