import type { SecureFetchRequest, SecureFetchResponse } from '@authsec/core'
import { printFailure } from '../output/failure.ts'
import type { Io } from '../output/io.ts'
import { json, paint } from '../output/text.ts'
import { UsageError } from '../output/usage-error.ts'
import { apiFor, createClient } from '../settings/client.ts'
import { readSettings, type ServerFlags } from '../settings/settings.ts'

export interface CallFlags extends ServerFlags {
  readonly method?: string | undefined
  readonly jsonBody?: string | undefined
  readonly query?: readonly string[] | undefined
  readonly permission?: readonly string[] | undefined
  readonly json?: boolean | undefined
}

interface Said {
  readonly detail?: string | undefined
  readonly challenge?: string | undefined
}

/** Makes one guarded call. Returns 1 for a status of 400 or more, too. */
export async function call(endpoint: string, flags: CallFlags, io: Io): Promise<number> {
  const request = requestOf(endpoint, flags)
  const asJson = flags.json ?? false
  let said: Said = {}
  try {
    const settings = readSettings(flags, io)
    const api = apiFor(settings, request.method ?? 'GET')
    const client = createClient(
      settings,
      io,
      (event) => {
        if (event.type === 'request.completed') said = event
      },
      api,
    )
    try {
      const response = await client.secureFetch(request)
      print(response, said, asJson, io)
      return response.status < 400 ? 0 : 1
    } finally {
      await client.close()
    }
  } catch (error) {
    return printFailure(error, asJson, io)
  }
}

function requestOf(endpoint: string, flags: CallFlags): SecureFetchRequest {
  const { method, jsonBody, query, permission } = flags
  return {
    endpoint,
    ...(method !== undefined && { method: method.toUpperCase() }),
    ...(jsonBody !== undefined && { body: parsed(jsonBody) }),
    ...(query !== undefined && { query: pairs(query) }),
    ...(permission !== undefined && { permission }),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError('--json-body is not JSON. Put it into single quotation marks.')
  }
}

/** A name that comes again is a list. */
function pairs(query: readonly string[]): Record<string, string | string[]> {
  const found = new Map<string, string[]>()
  for (const pair of query) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
    if (name === undefined || value === undefined) {
      throw new UsageError('--query must be NAME=VALUE.')
    }
    found.set(name, [...(found.get(name) ?? []), value])
  }
  const single = (values: string[]): string | string[] =>
    values.length === 1 ? (values[0] ?? '') : values
  return Object.fromEntries([...found].map(([name, values]) => [name, single(values)]))
}

function print(
  { status, data }: SecureFetchResponse,
  { detail, challenge }: Said,
  asJson: boolean,
  io: Io,
): void {
  if (asJson) return void io.out(json({ status, data, detail, challenge }))
  io.out(`${paint(io, status < 400 ? 'good' : 'bad', `HTTP ${status}`)}\n${json(data ?? null)}`)
  if (challenge !== undefined) io.err(`The API says ${JSON.stringify(challenge)}\n`)
}
