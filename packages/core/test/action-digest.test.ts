import { createContext, runInContext } from 'node:vm'
import {
  inProcessClient,
  inProcessEmulator,
  notPlainJson,
  rejection,
} from '@authsec-internal/test-kit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, digestOf, shortCode } from '../src/support/canonical-json.ts'

describe('the digest of an action', () => {
  it('does not depend on the order of keys, and on everything else', () => {
    const action = { method: 'POST', path: '/v1/x?a=1', body: '{"b":2}' }
    expect(digestOf({ body: '{"b":2}', path: '/v1/x?a=1', method: 'POST' })).toBe(digestOf(action))
    for (const other of [
      { ...action, method: 'PUT' },
      { ...action, path: '/v1/x?a=2' },
      { ...action, body: '{"b":3}' },
      { ...action, extra: null },
    ]) {
      expect(digestOf(other)).not.toBe(digestOf(action))
    }
  })

  it('is over canonical JSON', () => {
    expect(canonicalJson({ b: [1, { d: undefined, c: 'ü' }], a: null })).toBe(
      '{"a":null,"b":[1,{"c":"ü"}]}',
    )
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'))
        const text = canonicalJson(value)
        return canonicalJson(JSON.parse(text)) === text
      }),
    )
  })

  it.each(notPlainJson())('is not made of %s, at any depth', (_what, value) => {
    for (const holder of [value, { value }, [value], { deep: [{ value }] }]) {
      expect(() => digestOf(holder)).toThrow(TypeError)
    }
  })

  it('leaves out members that are undefined, and is not made of undefined itself', () => {
    expect(digestOf({ id: 1, more: undefined })).toBe(digestOf({ id: 1 }))
    expect(digestOf({ id: null })).not.toBe(digestOf({}))
    expect(() => digestOf(undefined)).toThrow(TypeError)
  })

  it('is the same for plain objects and lists of another realm and without a prototype', () => {
    const action = { list: [1, { id: 'x' }], empty: {} }
    const text = JSON.stringify(action)
    const foreign: unknown = runInContext(`(${text})`, createContext({}))
    const bare: unknown = Object.assign(Object.create(null), action)
    for (const value of [foreign, bare]) expect(digestOf(value)).toBe(digestOf(action))
  })

  it('takes what occurs twice, which is no cycle', () => {
    const shared = { id: 1 }
    expect(digestOf([shared, { shared }])).toBe(digestOf([{ id: 1 }, { shared: { id: 1 } }]))
  })

  it('gives six characters that nobody mistakes for one another', () => {
    const codes = Array.from({ length: 500 }, (_, index) => shortCode(digestOf(index)))
    for (const code of codes) expect(code).toMatch(/^[A-HJKMNP-Z][2-9A-HJKMNP-Z]{5}$/)
    expect(new Set(codes).size).toBe(500)
  })
})

describe('a question about an action that is not plain JSON', () => {
  const message = 'Delete it?'

  it.each(notPlainJson())('is a ConfigError that quotes nothing, for %s', async (_what, value) => {
    const emulator = inProcessEmulator()
    const client = inProcessClient(emulator, { ciba: { loginHint: 'approver@example.com' } })
    const questions = [
      [{ message, action: { value } }, '`action`'],
      [{ message, values: { value } }, '`values`'],
    ] as const
    for (const [question, field] of questions) {
      for (const ask of [client.requestApproval, client.startApproval]) {
        const error = await rejection(ask(question))
        expect(error).toMatchObject({ name: 'ConfigError', code: 'config_invalid' })
        expect(error.message).toContain(`${field} of the approval question must be plain JSON`)
      }
    }
    expect(emulator.control.approvals()).toEqual([])
  })
})
