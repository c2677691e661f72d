import { ConfigError, createAuthSecClient, type OnEvent } from '@authsec/core'
import type { Instrumentation } from '@authsec/core/adapter'
import { thrown } from '@authsec-internal/test-kit'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { authsecTelemetry, type TelemetryOptions, verifierTelemetry } from '../src/index.ts'

const make: readonly [string, (options?: TelemetryOptions) => object][] = [
  ['authsecTelemetry', authsecTelemetry],
  ['verifierTelemetry', verifierTelemetry],
]

describe.each(make)('%s', (_name, create) => {
  it.each<[string, unknown, RegExp]>([
    ['a misspelt name', { traceProvider: {} }, /Unknown option "traceProvider"/],
    ['a name that may be a secret', { 'eyJhbGciOi.x': 1 }, /Unknown option in the/],
    ['a provider without a tracer', { tracerProvider: {} }, /"tracerProvider" must be a tracer/],
    ['a provider that is null', { meterProvider: null }, /"meterProvider" must be a meter/],
    ['a propagator that is a text', { propagator: 'w3c' }, /"propagator" must be/],
    ['another way to name people', { people: 'none' }, /"people" must be 'plain' or 'hash'/],
    ['no object', 7, /must be an object/],
    ['a list', [], /must be an object/],
    ['null', null, /must be an object/],
  ])('refuses %s with a ConfigError that every package recognises', (_what, options, message) => {
    const error = thrown(() => create(options as TelemetryOptions))
    expect(ConfigError.isInstance(error)).toBe(true)
    expect(error).toMatchObject({ code: 'config_invalid', hint: expect.any(String) })
    expect(error.message).toMatch(message)
  })

  it('takes undefined as not given', () => {
    const none = { tracerProvider: undefined, meterProvider: undefined, people: undefined }
    expect(create(none)).toBeDefined()
    expect(create()).toBeDefined()
  })
})

describe('the telemetry of a client', () => {
  it('is two of its options', () => {
    const telemetry = authsecTelemetry()
    expectTypeOf(telemetry.instrumentation).toExtend<Instrumentation>()
    expectTypeOf(telemetry.onEvent).toExtend<OnEvent>()
    const options = { baseUrl: 'https://auth.example.com', resources: [] }
    const clientId = 'a594430b-2bd4-4792-9666-63162ee858c5'
    expect(() => createAuthSecClient({ ...options, clientId, ...authsecTelemetry() })).not.toThrow()
  })
})
