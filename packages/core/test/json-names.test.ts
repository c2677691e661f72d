import type { Emulator } from '@authsec/emulator'
import { sendJson, startRecordingApi, testClient, testEmulator } from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outcomeText, parseUntrustedJson } from '../src/adapter.ts'
import type { SecureFetchResponse } from '../src/call/response-guard.ts'
import { defineSecureFetch, type ToolOutcome } from '../src/tool.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await testEmulator()
})
afterAll(() => emulator.close())

async function read(
  json: string,
): Promise<{ response: SecureFetchResponse; outcome: ToolOutcome }> {
  await using api = await startRecordingApi(sendJson(json))
  await using client = testClient(emulator, { resources: [{ baseUrl: api.baseUrl }] })
  const outcome = await defineSecureFetch(client).execute({ endpoint: 'x' })
  return { outcome, response: await client.secureFetch({ endpoint: 'x' }) }
}

describe('a name in the data', () => {
  it.each([
    '{"driver":"A","constructor":"Ferrari"}',
    '{"prototype":"X1","toString":"text","hasOwnProperty":1,"valueOf":null}',
    '{"constructor":{"name":"Ferrari","wins":[1,2]},"prototype":{"stage":2}}',
    '{"items":[{"constructor":{"prototype":"a plain text"}}],"isPrototypeOf":{"a":{}}}',
    '{"\\u0063onstructor":"escaped","__defineGetter__":"x","__proto":1,"proto__":2}',
    '{"prototype":{"constructor":{"id":1}},"then":"x","length":7}',
  ])('that every object inherits is kept: %s', async (json) => {
    const { outcome, response } = await read(json)
    expect(JSON.stringify(response.data)).toBe(JSON.stringify(JSON.parse(json)))
    expect(response.droppedKeys).toBe(0)
    expect(JSON.parse(outcomeText(outcome))).toEqual({
      ...{ ok: true, status: 200, truncated: false, untrusted: true },
      data: JSON.parse(json),
    })
  })

  it.each<[string, string, number]>([
    ['{"__proto__":{"polluted":1},"a":1}', '{"a":1}', 1],
    ['[{"__proto__":1},{"b":{"__proto__":null}}]', '[{},{"b":{}}]', 2],
    ['{"\\u005f_proto__":{"polluted":1},"constructor":"Ferrari"}', '{"constructor":"Ferrari"}', 1],
    ['{"constructor":{"prototype":{"polluted":1},"name":"F"}}', '{"constructor":{"name":"F"}}', 1],
    ['{"__proto__":{"__proto__":{"constructor":{"prototype":[]}}}}', '{}', 3],
  ])('that would reach a prototype is dropped and counted: %s', async (json, kept, count) => {
    const { outcome, response } = await read(json)
    expect(JSON.stringify(response.data)).toBe(kept)
    expect(response.droppedKeys).toBe(count)
    expect(outcome).toMatchObject({ ok: true, droppedKeys: count })
    Object.assign({}, response.data)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  it('is told from the same letters in a value', () => {
    const json = '{"a":"__proto__","b":["constructor","prototype"]}'
    expect(parseUntrustedJson(json, 200)).toEqual({ value: JSON.parse(json), droppedKeys: 0 })
  })
})
