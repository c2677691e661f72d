import { findEcho, readings, renderings } from '@authsec-internal/test-kit'
import { Finding } from './target.ts'

/** What must not be found in anything that the packages give out. */
export interface Secrets {
  readonly tokens: readonly string[]
  readonly clientId: string
}

/** Throws when a value holds a part of a token or the client ID, in any form that can be decoded. */
export function expectNoSecrets(where: string, value: unknown, secrets: Secrets): void {
  for (const text of new Set(renderings(value))) {
    for (const token of secrets.tokens) {
      const echo = findEcho(text, token)
      if (echo) throw new Finding(`${where} holds ${echo} of a token`)
    }
    const id = secrets.clientId.replaceAll('-', '').toLowerCase()
    for (const reading of readings(text)) {
      const plain = reading.toLowerCase().replaceAll('-', '')
      if (plain.includes(id)) throw new Finding(`${where} holds the client ID`)
    }
  }
}
