/** One place where a shortened result shows less than the API sent. */
export interface ResultCut {
  /** Where: `data`, `data.items`, `data[0].text`. A name that is no plain word is `*`. */
  readonly at: string
  readonly shown: number
  readonly of: number
  readonly unit: 'items' | 'fields' | 'characters'
}

export interface Shortened {
  readonly value: unknown
  readonly cuts: readonly ResultCut[]
}

const MAX_CUTS = 10
/** Objects with less room for each field are cut like lists, after a field. */
const LEAST_SHARE = 32
const MARK = '… [cut]'
/** Nothing of the value fits. */
const NOTHING = Symbol('nothing')

/**
 * The value in at most `room` characters of JSON, or null. Lists end after a whole item and objects used as
 * lists after a whole field; in other objects short fields stay whole and long ones share the room. Only a
 * text that is too long by itself is cut inside, and then it ends in a mark.
 */
export function shortened(value: unknown, room: number): Shortened {
  const cuts: ResultCut[] = []
  const fitting = fit(value, room, 'data', cuts)
  return { value: fitting === NOTHING ? null : fitting, cuts: cuts.slice(0, MAX_CUTS) }
}

export function jsonLength(value: unknown): number {
  return JSON.stringify(value)?.length ?? 0
}

function fit(value: unknown, room: number, at: string, cuts: ResultCut[]): unknown {
  if (jsonLength(value) <= room) return value
  if (typeof value === 'string') return fitText(value, room, at, cuts)
  if (typeof value !== 'object' || value === null || room < 2) return NOTHING
  if (Array.isArray(value)) return fitList(value, room, at, cuts)
  const entries = Object.entries(value)
  const isRecord = entries.length * LEAST_SHARE <= room
  return Object.fromEntries((isRecord ? fitFields : fitEntries)(entries, room, at, cuts))
}

function fitText(text: string, room: number, at: string, cuts: ResultCut[]): unknown {
  const cut = (length: number): string => text.slice(0, length).toWellFormed() + MARK
  let [shown, tooLong] = [0, Math.min(text.length, room)]
  if (jsonLength(cut(0)) > room) return NOTHING
  // Escapes make the written text longer by an amount that differs from place to place.
  while (tooLong - shown > 1) {
    const middle = Math.floor((shown + tooLong) / 2)
    if (jsonLength(cut(middle)) <= room) shown = middle
    else tooLong = middle
  }
  const isHalf = /[\ud800-\udbff]/.test(text.charAt(shown - 1))
  const length = isHalf ? shown - 1 : shown
  cuts.push({ at, shown: length, of: text.length, unit: 'characters' })
  return cut(length)
}

function fitList(
  list: readonly unknown[],
  room: number,
  at: string,
  cuts: ResultCut[],
): readonly unknown[] {
  const count = countFitting(list.map(jsonLength), room)
  if (count > 0) {
    cuts.push({ at, shown: count, of: list.length, unit: 'items' })
    return list.slice(0, count)
  }
  const inner: ResultCut[] = []
  const first = fit(list[0], room - 2, `${at}[0]`, inner)
  const shown = first === NOTHING ? [] : [first]
  if (shown.length < list.length) {
    cuts.push({ at, shown: shown.length, of: list.length, unit: 'items' })
  }
  cuts.push(...inner)
  return shown
}

type Entry = readonly [name: string, value: unknown]

/** As a list: whole entries from the beginning, or a part of the first. */
function fitEntries(
  entries: readonly Entry[],
  room: number,
  at: string,
  cuts: ResultCut[],
): readonly Entry[] {
  const count = countFitting(entries.map(entryLength), room)
  const inner: ResultCut[] = []
  const shown =
    count > 0 ? entries.slice(0, count) : fitFields(entries.slice(0, 1), room, at, inner)
  if (shown.length < entries.length) {
    cuts.push({ at, shown: shown.length, of: entries.length, unit: 'fields' })
  }
  cuts.push(...inner)
  return shown
}

/** As a record: from the shortest to the longest, each gets at most an equal share of the room that is left. */
function fitFields(
  entries: readonly Entry[],
  room: number,
  at: string,
  cuts: ResultCut[],
): readonly Entry[] {
  const byLength = [...entries].sort((a, b) => entryLength(a) - entryLength(b))
  const fitting = new Map<string, unknown>()
  const inner: ResultCut[] = []
  let left = room - 1
  byLength.forEach(([name, value], index) => {
    const share = Math.floor(left / (byLength.length - index))
    const own = share - entryLength([name, null]) + 'null'.length - 1
    const part = own > 0 ? fit(value, own, `${at}.${pathName(name)}`, inner) : NOTHING
    if (part === NOTHING) return
    fitting.set(name, part)
    left -= entryLength([name, part]) + 1
  })
  if (fitting.size < entries.length) {
    cuts.push({ at, shown: fitting.size, of: entries.length, unit: 'fields' })
  }
  cuts.push(...inner)
  return entries.filter(([name]) => fitting.has(name)).map(([name]) => [name, fitting.get(name)])
}

/** How many of the parts fit into the room, with brackets and commas. */
function countFitting(lengths: readonly number[], room: number): number {
  let left = room - 1
  const isBeyond = (length: number): boolean => {
    left -= length + 1
    return left < 0
  }
  const beyond = lengths.findIndex(isBeyond)
  return beyond === -1 ? lengths.length : beyond
}

function entryLength([name, value]: Entry): number {
  return jsonLength(name) + 1 + jsonLength(value)
}

/** Names are the API's text. In a path stand only those that cannot be read as anything else. */
function pathName(name: string): string {
  return /^[A-Za-z_]\w{0,39}$/.test(name) ? name : '*'
}
