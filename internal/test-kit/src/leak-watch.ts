import { renderings } from '../../../packages/emulator/src/testing/renderings.ts'
import { createSecretSearch } from '../../../packages/emulator/src/testing/secret-search.ts'

/**
 * The watch for leaked secrets. At the end of a test file, `findLeaks` searches everything that the
 * file printed or passed to `watch` for each planted secret and for anything in the form of a JWT.
 */
const secrets = new Map<string, string>()
const seen: { where: string; text: string }[] = []

/** Adds a secret that must not be found in anything that the test file gives out. */
export function plantSecret(name: string, secret: string): void {
  secrets.set(secret, name)
}

/** Records a value that the product gave out, in every form in which a log could print it. */
export function watch(where: string, value: unknown): void {
  for (const text of renderings(value)) seen.push({ where, text })
}

const JWT = /eyJ[\w-]{10,}\.eyJ[\w-]{10,}/

/** The places where a secret was found; empty when there is none. */
export function findLeaks(more: Iterable<readonly [string, string]> = []): string[] {
  const search = createSecretSearch(new Map([...secrets, ...more]))
  const leaks = new Set<string>()
  for (const { where, text: asSeen } of seen) {
    const text = percentDecoded(asSeen)
    if (text.includes('.eyJ') && JWT.test(text)) {
      leaks.add(`${where}: something in the form of a JWT`)
    }
    for (const name of search.namesIn(text)) leaks.add(`${where}: ${name}`)
  }
  return [...leaks]
}

/** Letters alone: a secret that is encoded is found too, and one in clear has no percent sign. */
function percentDecoded(text: string): string {
  return text.replace(/%([2-7][0-9a-f])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

export function forgetAll(): void {
  secrets.clear()
  seen.length = 0
}

export { renderings }
