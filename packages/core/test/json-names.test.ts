import { randomInt } from 'node:crypto'
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
  it('is found in generated documents wherever a walk over all keys finds it', () => {
    const { raw } = String
    const names = [
      '__proto__',
      'constructor',
      'prototype',
      raw`\u005f_proto__`,
      raw`constructo\u0072`,
    ]
    const texts = [
      raw`\"__proto__\":1`,
      raw`a\\`,
      'x'.repeat(15),
      'x'.repeat(16),
      'é'.repeat(40),
      raw`\"`,
    ]
    const pick = (items: readonly string[]): string => items[randomInt(items.length)] ?? ''
    const object = (depth: number): string => {
      const inner = depth === 0 ? '[0.5]' : object(depth - 1)
      return `{"${pick(names)}":${inner},"${pick([...names, ...texts])}":"${pick([...names, ...texts])}"}`
    }
    let dropped = 0
    for (let turn = 0; turn < 3_000; turn++) {
      const json = object(turn % 4)
      const { value, droppedKeys } = parseUntrustedJson(json, 200)
      const whole: unknown = JSON.parse(json)
      expect(droppedKeys, json).toBe(dropUnsafeKeys(whole))
      expect(JSON.stringify(value), json).toBe(JSON.stringify(whole))
      dropped += droppedKeys
    }
    expect(dropped).toBeGreaterThan(1_000)
  })
})

/** The parser's rule, by a walk over every object. Returns how many keys were dropped. */
function dropUnsafeKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let dropped = 0
  for (const name of Object.keys(value)) {
    const inner: unknown = Object.getOwnPropertyDescriptor(value, name)?.value
    dropped += dropUnsafeKeys(inner)
    if (name === '__proto__') dropped += drop(value, name)
    if (name === 'constructor' && typeof inner === 'object' && inner !== null) {
      const isReached =
        typeof Object.getOwnPropertyDescriptor(inner, 'prototype')?.value === 'object'
      if (isReached) dropped += drop(inner, 'prototype')
    }
  }
  return dropped
}

function drop(value: object, name: string): number {
  Reflect.deleteProperty(value, name)
  return 1
}
