import { Inexpressible } from './inexpressible.ts'

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
/** Values that are looked at for one operation, so that a document of references to references ends. */
const MAX_STEPS = 5_000
/** Values that are looked at in the whole document. */
const MAX_ALL_STEPS = 1_000_000

/** Reads a document, which is never trusted: own members only, local references only, bounded. */
export class DocumentReader {
  readonly root: Place
  #steps = 0
  #allSteps = 0
  readonly #located = new WeakMap<object, Place>()

  constructor(document: object) {
    this.root = { value: document, pointer: '#', refs: [] }
  }

  /** Begins a new operation: its steps are counted anew. */
  begin(): void {
    this.#steps = 0
  }

  /** The member itself, whatever it is; `undefined` when the object does not have it. */
  member(place: Place, name: string | number): Place | undefined {
    this.#count(place)
    const { value, pointer, refs } = place
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    const member: unknown = Reflect.get(value, name)
    if (member === undefined) return undefined
    const located = typeof member === 'object' && member !== null && this.#located.get(member)
    if (located) return located
    return { value: member, pointer: `${pointer}/${escaped(name)}`, refs }
  }

  /** Keeps where a value stands that is put together with others. */
  locate(place: Place): void {
    if (isObject(place.value)) this.#located.set(place.value, place)
  }

  /** The member, behind its reference if it is one. */
  at(place: Place, name: string | number): Place | undefined {
    const member = this.member(place, name)
    return member && this.follow(member)
  }

  /** All members of an object, in their order. */
  members(place: Place | undefined): (readonly [name: string, member: Place])[] {
    if (!place || !isObject(place.value)) return []
    return Object.keys(place.value).flatMap((name) => {
      const member = this.member(place, name)
      return member ? [[name, member] as const] : []
    })
  }

  /** All items of a list. */
  items(place: Place | undefined): Place[] {
    if (!place || !Array.isArray(place.value)) return []
    return place.value.flatMap((_item, index) => this.member(place, index) ?? [])
  }

  /** What a reference leads to. Throws `Inexpressible` for one that leads elsewhere, nowhere or back. */
  follow(place: Place): Place {
    let current = place
    while (isObject(current.value) && Object.hasOwn(current.value, '$ref')) {
      const ref: unknown = Reflect.get(current.value, '$ref')
      const at = `${current.pointer}/$ref`
      if (typeof ref !== 'string') throw new Inexpressible('malformed', at, 'A $ref is not a text.')
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

  #count({ pointer }: Place): void {
    this.#steps += 1
    this.#allSteps += 1
    if (this.#steps > MAX_STEPS) {
      throw new Inexpressible('too_large', pointer, 'The operation has too many parts.')
    }
    if (this.#allSteps > MAX_ALL_STEPS) {
      throw new Inexpressible('too_large', pointer, 'The document has too many parts.')
    }
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

/** Whether an own member is `true`. */
export function isTrueAt({ value }: Place, name: string): boolean {
  return isObject(value) && Object.hasOwn(value, name) && value[name] === true
}

function escaped(name: string | number): string {
  return String(name).replaceAll('~', '~0').replaceAll('/', '~1')
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
