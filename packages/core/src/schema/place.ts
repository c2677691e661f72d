import { ReadingBounds } from './bounds.ts'
import { Inexpressible } from './inexpressible.ts'
import { ReadableTexts } from './readable-text.ts'

/** A value of the document, and where it stands. */
export interface Place {
  readonly value: unknown
  /** JSON Pointer as a fragment (RFC 6901 section 6), as `$ref` writes it. */
  readonly pointer: string
  /** The references that led here. */
  readonly refs: readonly string[]
}

/** The longest chain of references, one through the other. */
const MAX_REFS = 32
/** Longest reference: the document is looked up along it, each time that it is met. */
const MAX_REF = 2_000
/** A name in a pointer is cut here: names can be megabytes. */
const MAX_NAME = 256
/** Keywords that a schema may have before each one counts. */
const FREE_NAMES = 64

/** Reads a document, which is never trusted: own members only, local references only, bounded. */
export class DocumentReader {
  readonly root: Place
  readonly texts = new ReadableTexts()
  readonly #bounds = new ReadingBounds()
  readonly #located = new WeakMap<object, ReadonlyMap<string | number, Place>>()

  constructor(document: object) {
    this.root = { value: document, pointer: '#', refs: [] }
  }

  /** Begins a new operation: what it takes is counted anew. */
  begin(): void {
    this.#bounds.begin()
  }

  /** Counts values that are looked at without the reader. Throws `Inexpressible` beyond the bounds. */
  count({ pointer }: Place, steps: number): void {
    this.#bounds.count(pointer, steps)
  }

  /** Counts characters of listed values. Throws `Inexpressible` beyond the bounds. */
  list({ pointer }: Place, characters: number): void {
    this.#bounds.list(pointer, characters)
  }

  /** The member itself, whatever it is; `undefined` when the object does not have it. */
  member(place: Place, name: string | number): Place | undefined {
    this.count(place, 1)
    return this.#memberOf(place, name)
  }

  #memberOf({ value, pointer, refs }: Place, name: string | number): Place | undefined {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    const member: unknown = Reflect.get(value, name)
    if (member === undefined) return undefined
    return (
      this.#located.get(value)?.get(name) ?? {
        value: member,
        pointer: `${pointer}/${escaped(name)}`,
        refs,
      }
    )
  }

  /** Keeps where the members of an object stand that was put together from several, and is new. */
  locate(together: object, members: ReadonlyMap<string, Place>): void {
    this.#located.set(together, members)
  }

  /** The member, behind its reference if it is one. */
  at(place: Place, name: string | number): Place | undefined {
    const member = this.member(place, name)
    return member && this.follow(member)
  }

  /** All members of an object, in their order. Throws `Inexpressible` for what is there and no object. */
  members(place: Place | undefined): (readonly [name: string, member: Place])[] {
    if (!place) return []
    if (!isObject(place.value)) throw malformed(place, 'An object is expected here.')
    const names = Object.keys(place.value)
    // Before they are read, and all of them: what is cut off has taken its time, too.
    this.count(place, names.length)
    return names.flatMap((name) => {
      const member = this.#memberOf(place, name)
      return member ? [[name, member] as const] : []
    })
  }

  /** The names of a schema's keywords. */
  keywords(place: Place): readonly string[] {
    const names = isObject(place.value) ? Object.keys(place.value) : []
    this.count(place, Math.max(0, names.length - FREE_NAMES))
    return names
  }

  /** All items of a list. Throws `Inexpressible` for what is there and no list. */
  items(place: Place | undefined): Place[] {
    if (!place) return []
    if (!Array.isArray(place.value)) throw malformed(place, 'A list is expected here.')
    return place.value.flatMap((_item, index) => this.member(place, index) ?? [])
  }

  /** What a reference leads to. Throws `Inexpressible` for one that leads elsewhere, nowhere or back. */
  follow(place: Place): Place {
    let current = place
    while (isObject(current.value) && Object.hasOwn(current.value, '$ref')) {
      const ref: unknown = Reflect.get(current.value, '$ref')
      const at = `${current.pointer}/$ref`
      if (typeof ref !== 'string') throw new Inexpressible('malformed', at, 'A $ref is not a text.')
      if (ref.length > MAX_REF) throw new Inexpressible('malformed', at, 'A $ref is too long.')
      if (ref !== '#' && !ref.startsWith('#/')) {
        throw new Inexpressible('remote_ref', at, 'A $ref leads out of the document.')
      }
      if (current.refs.includes(ref)) {
        throw new Inexpressible('cyclic_ref', at, 'A $ref leads back to itself.')
      }
      if (current.refs.length >= MAX_REFS) {
        throw new Inexpressible(
          'too_deep',
          at,
          `More than ${MAX_REFS} references follow each other.`,
        )
      }
      current = { ...this.#lookUp(ref, at), refs: [...current.refs, ref] }
    }
    return current
  }

  #lookUp(ref: string, at: string): Place {
    let found: Place | undefined = this.root
    for (const token of ref.split('/').slice(1)) {
      found = found && this.member(found, unescaped(token))
    }
    if (found) return { ...found, pointer: ref }
    throw new Inexpressible('missing_ref', at, 'A $ref leads to nothing.')
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An own member that is a text. */
export function textAt({ value }: Place, name: string): string | undefined {
  const text = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
  return typeof text === 'string' ? text : undefined
}

/** Whether the part is required. Throws `Inexpressible` where `required` is neither true nor false. */
export function isRequiredAt(place: Place): boolean {
  const { value, pointer } = place
  if (!isObject(value) || !Object.hasOwn(value, 'required')) return false
  const required = value['required']
  if (typeof required === 'boolean') return required
  throw new Inexpressible('malformed', `${pointer}/required`, 'It is true, false or left out.')
}

/** Whether an own member is `true`. */
export function isTrueAt({ value }: Place, name: string): boolean {
  return isObject(value) && Object.hasOwn(value, name) && value[name] === true
}

function malformed({ pointer }: Place, message: string): Inexpressible {
  return new Inexpressible('malformed', pointer, message)
}

function escaped(name: string | number): string {
  return String(name).slice(0, MAX_NAME).replaceAll('~', '~0').replaceAll('/', '~1')
}

function unescaped(token: string): string {
  let text = token
  try {
    text = decodeURIComponent(token)
  } catch {
    // Not escaped as a fragment: taken as it is written.
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~')
}
