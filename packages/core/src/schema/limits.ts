import { z } from 'zod'
import { Inexpressible } from './inexpressible.ts'
import { isObject, type Place, textAt } from './place.ts'
import { isPlainValue } from './readable-text.ts'

/** A type, and what its description has to say about its limits. */
export interface LimitedType {
  readonly type: z.ZodType
  readonly limits: readonly string[]
}

/** Formats that models know. Others say nothing to them. */
export const FORMATS: readonly string[] = [
  'date-time',
  'date',
  'time',
  'duration',
  'email',
  'uuid',
  'uri',
  'hostname',
]

/**
 * Limits are checked, and told in words: several providers refuse the keywords. Patterns are left to the API, because
 * one of a foreign document can take minutes.
 */
export function limitedText(place: Place, isStrict = false): LimitedType {
  const least = numberAt(place, 'minLength')
  const most = numberAt(place, 'maxLength')
  const format = isObject(place.value) ? place.value['format'] : undefined
  const isKnown = typeof format === 'string' && FORMATS.includes(format)
  let type = z.string().refine((text) => isWithin(lengthOf(text, most), least, most), {
    error: rangeText('must have', least, most, 'characters'),
  })
  if (isStrict && isKnown) type = withFormat(type, format)
  const fits = type
  if (isStrict) type = withPattern(type, place, (text) => fits.safeParse(text).success)
  if (isKnown) type = type.meta({ format })
  return { type, limits: rangeOf(least, most, 'characters') }
}

/**
 * A pattern of the developer's own schema, which is checked as a pattern of zod is, but of texts alone that are right
 * besides: a pattern can take a time that doubles with each character, which only a limit of the length bounds.
 */
function withPattern(
  type: z.ZodString,
  place: Place,
  isRight: (text: string) => boolean,
): z.ZodString {
  const pattern = textAt(place, 'pattern')
  if (pattern === undefined) return type
  try {
    const expression = new RegExp(pattern, 'u')
    return type.refine((text) => !isRight(text) || expression.test(text), {
      error: `must match ${pattern}`,
    })
  } catch {
    const at = `${place.pointer}/pattern`
    throw new Inexpressible('malformed', at, 'A pattern is not a regular expression.')
  }
}

/** What each of the known formats allows. */
const CHECKS: Readonly<Record<string, z.ZodType>> = {
  'date-time': z.iso.datetime({ offset: true }),
  date: z.iso.date(),
  time: z.iso.time(),
  duration: z.iso.duration(),
  email: z.email(),
  uuid: z.guid(),
  uri: z.url(),
  hostname: z.hostname(),
}

function withFormat(type: z.ZodString, format: string): z.ZodString {
  const check = CHECKS[format]
  if (!check) return type
  return type.refine((text) => check.safeParse(text).success, { error: `must be a ${format}` })
}

export function limitedNumber(place: Place, isInteger: boolean): LimitedType {
  const { least, most, above, below } = numberLimits(place)
  const isRight = (value: number): boolean =>
    isWithin(value, least, most) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below) &&
    (!isInteger || Number.isSafeInteger(value))
  const limits = [
    ...rangeOf(least, most),
    ...(above === undefined ? [] : [`More than ${above}.`]),
    ...(below === undefined ? [] : [`Less than ${below}.`]),
  ]
  const noun = isInteger ? 'must be a whole number' : 'must be a number'
  const error = [noun, ...limits.map((limit) => limit.toLowerCase().replace(/\.$/, ''))].join(', ')
  const type = z.number().refine(isRight, { error })
  return { type: isInteger ? type.meta({ type: 'integer' }) : type, limits }
}

export function limitedList(place: Place, item: z.ZodType): LimitedType {
  const least = numberAt(place, 'minItems')
  const most = numberAt(place, 'maxItems')
  const type = z.array(item).refine((list) => isWithin(list.length, least, most), {
    error: rangeText('must have', least, most, 'items'),
  })
  return { type, limits: rangeOf(least, most, 'items') }
}

/** Values of one enumeration. */
export const MAX_VALUES = 1_000

/** An enumeration of one kind of values, none of which is null. `undefined`: they cannot be one. */
export function enumeration(values: readonly unknown[]): z.ZodType | undefined {
  const [first] = values
  if (values.length === 0 || values.length > MAX_VALUES) return undefined
  if (typeof first === 'string') {
    const isUsable = (value: unknown): value is string =>
      typeof value === 'string' && isPlainValue(value)
    return values.every(isUsable) ? z.enum([...new Set(values)]) : undefined
  }
  if (typeof first !== 'number' && typeof first !== 'boolean') return undefined
  if (values.some((value) => typeof value !== typeof first)) return undefined
  const error = `must be one of ${values.slice(0, 20).join(', ')}`
  const isListed = (value: unknown): boolean => values.includes(value)
  if (typeof first === 'boolean') return z.boolean().refine(isListed, { error })
  const isWhole = values.every((value) => Number.isSafeInteger(value))
  const type = z.number().refine(isListed, { error })
  return type.meta({ enum: [...new Set(values)], ...(isWhole && { type: 'integer' }) })
}

/** OpenAPI 3.0 has `exclusiveMinimum: true` beside `minimum`; 3.1 has the number itself. */
function numberLimits(
  place: Place,
): Readonly<Record<'least' | 'most' | 'above' | 'below', number | undefined>> {
  const { exclusiveMinimum, exclusiveMaximum }: Readonly<Record<string, unknown>> = Object(
    place.value,
  )
  const minimum = numberAt(place, 'minimum')
  const maximum = numberAt(place, 'maximum')
  return {
    least: exclusiveMinimum === true ? undefined : minimum,
    most: exclusiveMaximum === true ? undefined : maximum,
    above: exclusiveMinimum === true ? minimum : numberAt(place, 'exclusiveMinimum'),
    below: exclusiveMaximum === true ? maximum : numberAt(place, 'exclusiveMaximum'),
  }
}

function numberAt({ value }: Place, name: string): number | undefined {
  const found = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined
}

/** JSON Schema counts characters, JavaScript halves of some of them. A text that fits is not counted. */
function lengthOf(text: string, most: number | undefined): number {
  return most !== undefined && text.length > most ? [...text].length : text.length
}

function isWithin(value: number, least: number | undefined, most: number | undefined): boolean {
  return value >= (least ?? Number.NEGATIVE_INFINITY) && value <= (most ?? Number.POSITIVE_INFINITY)
}

function rangeOf(least: number | undefined, most: number | undefined, unit = ''): string[] {
  const of = unit === '' ? '' : ` ${unit}`
  return [
    ...(least === undefined || (unit !== '' && least <= 0) ? [] : [`At least ${least}${of}.`]),
    ...(most === undefined ? [] : [`At most ${most}${of}.`]),
  ]
}

function rangeText(
  verb: string,
  least: number | undefined,
  most: number | undefined,
  unit: string,
): string {
  const limits = rangeOf(least, most, unit).map((limit) => limit.toLowerCase().replace(/\.$/, ''))
  return `${verb} ${limits.join(' ')}`
}
