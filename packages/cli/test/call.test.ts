import { startRecordingApi, startServer, testEmulator } from '@authsec-internal/test-kit'
import { describe, expect, test } from 'vitest'
import { authsec, envOf } from './support/run.ts'

describe('authsec call', () => {
  test('prints the status and the data', async () => {
    await using emulator = await testEmulator()
    const env = { ...envOf(emulator), AUTHSEC_API_URL: emulator.vaultUrl }
    const { code, out } = await authsec(['call', 'metrics', '--permission', 'metrics:read'], {
      env,
    })
    expect(code).toBe(0)
    expect(out).toMatch(/^HTTP 200\n\{\n {2}"period"/)
    const asJson = await authsec(['call', 'records', '--query', 'limit=2', '--json'], { env })
    expect(JSON.parse(asJson.out)).toMatchObject({ status: 200, data: expect.anything() })
  })

  test.each([
    [['call', 'metrics', '--permission', 'metrics:delete'], 'permission_missing'],
    [['call', 'https://elsewhere.example.com/'], 'endpoint_refused'],
    [['call', '../admin'], 'endpoint_refused'],
    [['call', '//elsewhere.example.com'], 'endpoint_refused'],
  ])('refuses %j before anything is sent', async (args, expected) => {
    await using emulator = await testEmulator()
    const env = { ...envOf(emulator), AUTHSEC_API_URL: emulator.vaultUrl }
    const { code, out, err } = await authsec(args, { env })
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(new RegExp(`^${expected} `))
    expect(emulator.requests.filter(({ path }) => path.includes('secure-vault'))).toEqual([])
  })

  test('sends a method and a body, where a person asks for them', async () => {
    await using emulator = await testEmulator()
    await using api = await startRecordingApi()
    const env = { ...envOf(emulator), AUTHSEC_API_URL: api.baseUrl }
    const args = ['call', 'orders', '--method', 'post', '--json-body', '{"total":40}']
    expect((await authsec(args, { env })).code).toBe(0)
    expect(api.requests).toHaveLength(1)
    expect(api.requests[0]).toMatchObject({ method: 'POST' })
  })

  test('ends with 1 for an error status, and quotes what the API says', async () => {
    await using emulator = await testEmulator()
    await using api = await startServer((_request, response) => {
      const challenge =
        'Bearer error="insufficient_scope", error_description="needs\u001b[2J orders:read"'
      response.writeHead(403, {
        'www-authenticate': challenge.replace('\u001b', ''),
        'content-type': 'application/json',
      })
      response.end(JSON.stringify({ error: 'no\u001b[31m\u202e', note: '\u009b' }))
    })
    const env = { ...envOf(emulator), AUTHSEC_API_URL: api.baseUrl }
    const { code, out, err } = await authsec(['call', 'orders'], { env })
    expect(code).toBe(1)
    expect(out).toMatch(/^HTTP 403\n/)
    expect(err).toContain('insufficient_scope')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal would obey them
    expect(`${out}${err}`).not.toMatch(/[\u001b\u009b\u202e]/)
  })

  test.each([
    [['call'], 'missing required argument'],
    [['call', 'orders', '--json-body', '{'], '--json-body is not JSON'],
    [['call', 'orders', '--query', 'limit'], '--query must be NAME=VALUE'],
    [['call', 'orders', 'more'], 'too many arguments'],
  ])('says what is wrong with %j', async (args, sentence) => {
    const { code, out, err } = await authsec(args, { env: { AUTHSEC_MODE: 'mock' } })
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(sentence)
  })

  test('says that no API is configured', async () => {
    await using emulator = await testEmulator()
    const { code, err } = await authsec(['call', 'metrics'], { env: envOf(emulator) })
    expect(code).toBe(1)
    expect(err).toMatch(/^resource_unknown .*\n.*AUTHSEC_API_URL/)
  })
})
