import { Inexpressible } from './inexpressible.ts'

/** Values that are looked at for one operation, so that a document of references to references ends. */
const MAX_STEPS = 5_000
/** Values that are looked at in the whole document. */
const MAX_ALL_STEPS = 1_000_000
/** Characters of listed values for one operation: a model is given them all. */
const MAX_LISTED = 256 * 1_024
/** Characters of listed values in the whole document: a few bytes of references make megabytes of types. */
const MAX_ALL_LISTED = 8_000_000

/** What one operation, and all of them together, may take of a document. */
export class ReadingBounds {
  #steps = 0
  #allSteps = 0
  #listed = 0
  #allListed = 0

  /** Begins a new operation: what it takes is counted anew. */
  begin(): void {
    this.#steps = 0
    this.#listed = 0
  }

  /** Counts values that are looked at. Throws `Inexpressible` beyond the bounds. */
  count(pointer: string, steps: number): void {
    this.#steps += steps
    this.#allSteps += steps
    assertWithin(this.#steps, MAX_STEPS, pointer, 'The operation has too many parts.')
    assertWithin(this.#allSteps, MAX_ALL_STEPS, pointer, 'The document has too many parts.')
  }

  /** Counts characters of listed values. Throws `Inexpressible` beyond the bounds. */
  list(pointer: string, characters: number): void {
    this.#listed += characters
    this.#allListed += characters
    assertWithin(this.#listed, MAX_LISTED, pointer, 'The operation lists too many values.')
    assertWithin(this.#allListed, MAX_ALL_LISTED, pointer, 'The document lists too many values.')
  }
}

function assertWithin(value: number, most: number, pointer: string, message: string): void {
  if (value > most) throw new Inexpressible('too_large', pointer, message)
}
