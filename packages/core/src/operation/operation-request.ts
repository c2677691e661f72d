import type { z } from 'zod'
import type { CallContext, SecureFetchRequest } from '../call/secure-fetch-request.ts'
import { mayHaveBody } from '../identity/http-methods.ts'
import { invalidOption } from '../options/option-checks.ts'
import { RESERVED_QUERY } from '../policy/endpoint.ts'
import { isFreeHeader, namesCredential } from '../policy/request-headers.ts'
import { keyHeaderOf } from './idempotency-key.ts'
import { assertAlwaysGiven, type PathTemplate } from './path-template.ts'

/** Where the parameters of an operation go, besides its path. */
export interface ParameterPlaces {
  /** For POST, PUT and PATCH: parameters that go to the query all the same. Default: none. */
  readonly queryParams?: readonly string[] | undefined
  /**
   * Parameters whose values are sent as headers: you choose the names, the model the values. Credentials and names
   * that are reserved are refused. An approval is for these values too. Default: none.
   */
  readonly headerParams?: readonly string[] | undefined
  /**
   * For POST, PUT and PATCH: the parameter that is the whole JSON body, instead of one of its fields; without a value
   * no body is sent. `false`: no body at all. Default: an object of all parameters that go nowhere else.
   */
  readonly bodyParam?: string | false | undefined
  /** Names that the API has for parameters, where they differ: `{ pageSize: 'page[size]' }`. Default: none. */
  readonly wireNames?: Readonly<Record<string, string>> | undefined
}

interface Operation extends ParameterPlaces {
  readonly name: string
  readonly idempotencyKey?: boolean | string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly params: z.ZodObject<z.ZodRawShape>
}

/** Places every parameter of an operation. Throws `ConfigError` for one that has no place, or several. */
export function placesOf(operation: Operation, template: PathTemplate, method: string): Places {
  const { queryParams = [], headerParams = [], bodyParam } = operation
  const { shape } = operation.params
  assertKnown(operation, [...template.parameters, ...queryParams, ...headerParams])
  assertOnce(operation, template)
  const hasBody = mayHaveBody(method)
  const places: Record<string, Place> = Object.create(null)
  for (const name of Object.keys(shape)) {
    places[name] = placeOf(name, operation, template, hasBody)
  }
  if (typeof bodyParam === 'string' && (!hasBody || places[bodyParam] !== 'body')) {
    throw invalidOption(
      `\`bodyParam\` of the operation ${operation.name}`,
      hasBody ? 'is not in `params`' : `has no place in a ${method} request`,
    )
  }
  const wire = wireNamesOf(operation, places)
  assertNotChosen(operation, places, wire)
  for (const [name, schema] of Object.entries<unknown>(shape)) {
    if (places[name] === 'path') assertAlwaysGiven(operation.name, name, schema as z.ZodType)
  }
  return {
    places,
    wire,
    hasBody: hasBody && bodyParam !== false,
    bodyParam: bodyParam || undefined,
  }
}

type Place = 'path' | 'query' | 'header' | 'body'

export interface Places {
  readonly places: Readonly<Record<string, Place>>
  readonly wire: Readonly<Record<string, string>>
  readonly hasBody: boolean
  readonly bodyParam: string | undefined
}

function placeOf(
  name: string,
  { queryParams = [], headerParams = [], bodyParam, name: tool }: Operation,
  { parameters }: PathTemplate,
  hasBody: boolean,
): Place {
  if (parameters.includes(name)) return 'path'
  if (headerParams.includes(name)) return 'header'
  if (!hasBody || queryParams.includes(name)) return 'query'
  if (bodyParam === undefined || bodyParam === name) return 'body'
  throw invalidOption(
    `The parameter ${name} of the operation ${tool}`,
    'goes neither to the path, the query or a header, nor to the body, which `bodyParam` gives away',
    `List ${name} in \`queryParams\` or \`headerParams\`, or leave out \`bodyParam\`.`,
  )
}

function assertKnown({ name: tool, params: { shape } }: Operation, names: readonly string[]): void {
  for (const name of names) {
    if (Object.hasOwn(shape, name)) continue
    throw invalidOption(
      `The operation ${tool}`,
      `uses the parameter ${name}, which \`params\` does not have`,
      `Add ${name} to \`params\`, or correct \`path\`, \`queryParams\` and \`headerParams\`.`,
    )
  }
}

function assertOnce(
  { name: tool, queryParams = [], headerParams = [], bodyParam }: Operation,
  { parameters }: PathTemplate,
): void {
  const whole = typeof bodyParam === 'string' ? [bodyParam] : []
  // A path may name a parameter twice.
  const placed = [
    ...new Set(parameters),
    ...new Set(queryParams),
    ...new Set(headerParams),
    ...whole,
  ]
  const twice = placed.find((name, index) => placed.indexOf(name) !== index)
  if (twice === undefined) return
  const where = parameters.includes(twice) ? 'in the path' : 'placed elsewhere'
  throw invalidOption(`The parameter ${twice} of the operation ${tool}`, `is ${where} already`)
}

/** The names that are sent, each checked where it goes. Path parameters have the names of the template. */
function wireNamesOf(
  { name: tool, params: { shape }, wireNames = {} }: Operation,
  places: Readonly<Record<string, Place>>,
): Record<string, string> {
  const unknown = Object.keys(wireNames).find((name) => !Object.hasOwn(shape, name))
  if (unknown !== undefined) {
    throw invalidOption(`\`wireNames.${unknown}\` of the operation ${tool}`, 'names no parameter')
  }
  const taken = new Set<string>()
  const wire: Record<string, string> = Object.create(null)
  for (const name of Object.keys(shape)) {
    const place = places[name] ?? 'query'
    const sent = Object.hasOwn(wireNames, name) ? (wireNames[name] ?? name) : name
    assertSendable(tool, name, { place, sent })
    const key = `${place} ${place === 'header' ? sent.toLowerCase() : sent}`
    if (place !== 'path' && taken.has(key)) {
      throw invalidOption(
        `The parameter ${name} of the operation ${tool}`,
        'is sent as another one',
      )
    }
    taken.add(key)
    wire[name] = sent
  }
  return wire
}

/** A header that core or the developer fills in is none that a model fills in. */
function assertNotChosen(
  { name: tool, idempotencyKey, headers }: Operation,
  places: Readonly<Record<string, Place>>,
  wire: Readonly<Record<string, string>>,
): void {
  const own = [keyHeaderOf(idempotencyKey), ...Object.keys(headers ?? {})]
  const chosen = Object.keys(places).find((name) => {
    return places[name] === 'header' && own.some((one) => one && isSame(one, wire[name]))
  })
  if (chosen === undefined) return
  throw invalidOption(
    `The parameter ${chosen} of the operation ${tool}`,
    'has the name of a header that is set already',
    'Rename it, or remove it from `headerParams`.',
  )
}

function isSame(header: string, other: string | undefined): boolean {
  return header.toLowerCase() === other?.toLowerCase()
}

/** What a gateway writes about who asks, from where and with which method, and an API believes. */
const GATEWAY_HEADER =
  /remote-?(user|addr|ip|host)|client-?(cert|dn|ip|principal|verify)|(^|-)(ssl|saml|iap|jwt)(-|$)|oidc|connecting-?ip|dpop|override|^(via|origin|referer)$|(^|-)original-/i

/** Whether a model may choose the value of a header with this name. */
export function mayBeChosen(header: string): boolean {
  return isFreeHeader(header) && !namesCredential(header) && !GATEWAY_HEADER.test(header)
}

function assertSendable(
  tool: string,
  name: string,
  { place, sent }: { place: Place; sent: string },
): void {
  const what = `The parameter ${name} of the operation ${tool}`
  if (place === 'header' && !mayBeChosen(sent)) {
    throw invalidOption(
      what,
      'has the name of a header whose value a model may not choose',
      'Remove it from `headerParams`: credentials, and headers that decide who asks or how a message is read, are not parameters.',
    )
  }
  if (place === 'body' && sent === '__proto__') {
    throw invalidOption(what, 'has a name that is never sent', 'Rename it.')
  }
  if (place !== 'query' || !RESERVED_QUERY.includes(sent.toLowerCase())) return
  throw invalidOption(
    what,
    'has a name that is never sent in a query',
    `Rename it; reserved are ${RESERVED_QUERY.join(', ')}.`,
  )
}

/** The names of the query parameters that a model fills in, as they are sent. */
export function queryNames({ places, wire }: Places): string[] {
  return Object.keys(places)
    .filter((name) => places[name] === 'query')
    .map((name) => wire[name] ?? name)
}

/** The parameters of the body, with the names under which they are sent. */
export function bodyFields({ places, wire }: Places): (readonly [name: string, sent: string])[] {
  return Object.keys(places).flatMap((name) => {
    return places[name] === 'body' ? [[name, wire[name] ?? name] as const] : []
  })
}

type RequestParts = Pick<SecureFetchRequest, 'query' | 'body'> & Pick<CallContext, 'chosenHeaders'>

/** The parts of a request that are not its path. */
export function requestParts(
  input: Readonly<Record<string, unknown>>,
  { places, wire, hasBody, bodyParam }: Places,
): RequestParts {
  const at = (place: Place): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(input)
        .filter(([name]) => places[name] === place)
        .map(([name, value]) => [wire[name] ?? name, value]),
    )
  const headers = Object.entries(at('header')).filter(
    ([, value]) => value !== undefined && value !== null,
  )
  return {
    query: at('query') as SecureFetchRequest['query'],
    body: hasBody ? (bodyParam === undefined ? at('body') : input[bodyParam]) : undefined,
    ...(headers.length > 0 && {
      chosenHeaders: Object.fromEntries(headers.map(([name, value]) => [name, headerValue(value)])),
    }),
  }
}

/** Numbers and booleans as text. What has no text is refused with its name, where headers are checked. */
function headerValue(value: unknown): string {
  const isPlain = typeof value === 'number' || typeof value === 'boolean'
  return typeof value === 'string' || isPlain ? String(value) : '\u0000'
}
