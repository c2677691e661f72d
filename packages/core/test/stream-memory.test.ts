import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { startServer, testEmulator } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'

const MIB = 2 ** 20

/** Reads the stream in a process of its own, and prints how the memory in use grows while it is open, in MiB. */
const READER = `
  import { createAuthSecClient } from '@authsec/core'
  const [baseUrl, clientId, api, transport] = process.argv.slice(1)
  const client = createAuthSecClient({
    baseUrl, clientId, resources: [{ baseUrl: api }],
    ...(transport === 'fetch' && { fetch: (input, init) => globalThis.fetch(input, init) }),
  })
  const inUse = () => {
    globalThis.gc()
    globalThis.gc()
    const { heapUsed, external } = process.memoryUsage()
    return (heapUsed + external) / 2 ** 20
  }
  const response = await client.fetch(api + '/x', {}, { maxResponseBytes: 2 ** 40, timeoutMs: 600_000 })
  let bytes = 0
  let before
  for await (const piece of response.body) {
    bytes += piece.byteLength
    if (before === undefined && bytes > 20 * 2 ** 20) before = inUse()
    if (bytes >= 220 * 2 ** 20) break
  }
  console.log(JSON.stringify({ bytes, growth: inUse() - before }))`

describe('a stream that is read piece by piece', () => {
  it.each(['undici', 'fetch'])(
    'keeps no piece of 200 MiB in memory when it is sent by %s',
    async (transport) => {
      await using emulator = await testEmulator()
      await using api = await startServer((_request, response) => {
        const piece = Buffer.from('{"name":"a record of a stream"}\n'.repeat(2_048))
        const more = (): void => {
          while (!response.destroyed && response.write(piece));
          if (!response.destroyed) response.once('drain', more)
        }
        more()
      })
      const flags = ['--expose-gc', '--conditions=@authsec/source', '--no-warnings']
      const args = [emulator.baseUrl, emulator.clientId, api.baseUrl, transport]
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [...flags, '--input-type=module', '-e', READER, ...args],
        { cwd: import.meta.dirname, timeout: 60_000 },
      )
      const { bytes, growth } = JSON.parse(stdout)
      expect(bytes).toBeGreaterThanOrEqual(220 * MIB)
      expect(growth).toBeLessThan(32)
    },
    60_000,
  )
})
