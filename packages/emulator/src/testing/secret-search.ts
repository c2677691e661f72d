/** Finds many secrets in many texts in one pass over each: a run has hundreds of tokens and megabytes of text. */
export interface SecretSearch {
  /** The names of the secrets that the text holds. */
  namesIn(text: string): Set<string>
}

const GRAM = 16
/** A secret of these characters alone stands inside one run of them. Tokens and client IDs do. */
const RUN = /^[\w-]{16,}$/

export function createSecretSearch(secrets: ReadonlyMap<string, string>): SecretSearch {
  const byGram = new Map<string, [secret: string, name: string][]>()
  const others: [secret: string, name: string][] = []
  for (const [secret, name] of secrets) {
    if (!RUN.test(secret)) others.push([secret, name])
    else {
      const gram = secret.slice(0, GRAM)
      byGram.set(gram, [...(byGram.get(gram) ?? []), [secret, name]])
    }
  }

  function inRun(run: string, names: Set<string>): void {
    for (let at = 0; at + GRAM <= run.length; at++) {
      for (const [secret, name] of byGram.get(run.slice(at, at + GRAM)) ?? []) {
        if (run.startsWith(secret, at)) names.add(name)
      }
    }
  }

  return {
    namesIn(text) {
      const names = new Set<string>()
      for (const [secret, name] of others) if (text.includes(secret)) names.add(name)
      for (const run of longRuns(text)) inRun(run, names)
      return names
    },
  }
}

const inRuns = Uint8Array.from({ length: 128 }, (_, code) =>
  Number(/[\w-]/.test(String.fromCharCode(code))),
)

/** The runs of 16 or more characters of `[\w-]`. Each covers one of every 16 places, so only those are looked at. */
function* longRuns(text: string): Generator<string> {
  for (let place = GRAM - 1; place < text.length; place += GRAM) {
    if (inRuns[text.charCodeAt(place)] !== 1) continue
    let start = place
    let end = place + 1
    while (start > 0 && inRuns[text.charCodeAt(start - 1)] === 1) start--
    while (end < text.length && inRuns[text.charCodeAt(end)] === 1) end++
    if (end - start >= GRAM) yield text.slice(start, end)
    // The places within this run are done.
    place += Math.floor((end - 1 - place) / GRAM) * GRAM
  }
}
