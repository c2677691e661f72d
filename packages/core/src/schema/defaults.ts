import type { z } from 'zod'
import { Inexpressible } from './inexpressible.ts'
import { isObject, type Place } from './place.ts'
import { isPlainValue } from './readable-text.ts'

/** A default of a schema that nobody else reads is sent when a model leaves the value out. */
export function withDefault(type: z.ZodType, text: string, place: Place): z.ZodType {
  const described = text === '' ? type : type.meta({ description: text })
  if (!isObject(place.value) || !Object.hasOwn(place.value, 'default')) return described
  const fallback = place.value['default']
  if (type.safeParse(fallback).success) return described.default(fallback)
  const at = `${place.pointer}/default`
  throw new Inexpressible(
    'unsupported_schema',
    at,
    'A default does not fit the rest of its schema.',
  )
}

/** Shown, and not sent: a model that leaves the value out sends none. */
export function defaultOf({ value }: Place, type: z.ZodType): { default?: unknown } {
  const fallback = isObject(value) && Object.hasOwn(value, 'default') ? value['default'] : undefined
  const isScalar = ['string', 'number', 'boolean'].includes(typeof fallback)
  if (!isScalar || (typeof fallback === 'string' && !isPlainValue(fallback))) return {}
  return type.safeParse(fallback).success ? { default: fallback } : {}
}
