import { pick } from '@authsec-internal/test-kit'
import type { Process } from './processes.ts'

const PATHS = [
  /ciba\/initiate$/,
  /ciba\/token$/,
  /ciba\/token$/,
  /secure-vault\//,
  /delegation-token$/,
]

/** Arms one fault of a process, in some steps. Returns its name. */
export function armFault({ io }: Process, random: () => number): string | undefined {
  if (random() < 0.8) return undefined
  if (random() < 0.5) {
    const death = {
      at: 1 + Math.floor(random() * 9),
      when: pick(random, ['before', 'after'] as const),
    }
    io.killAt(death)
    return `killed ${death.when} access ${death.at}`
  }
  const loss = { path: pick(random, PATHS), handled: random() < 0.7 }
  io.lose(loss)
  return `${loss.handled ? 'answer' : 'request'} lost at ${loss.path.source}`
}
