import { createHash } from 'node:crypto'

/** How a person is named in spans. */
export type NameOf = (person: string) => string

export type People = 'plain' | 'hash'

/** A pseudonym can be guessed by hashing the names that come into question: it hides a name from a glance only. */
export function nameOfPeople(people: People): NameOf {
  if (people === 'plain') return (person) => person
  return (person) => `person_${createHash('sha256').update(person).digest('hex').slice(0, 16)}`
}
