import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lacksRedis, plantSecret, startRedis } from '@authsec-internal/test-kit'
import { describe, expect, test } from 'vitest'
import { doctor } from './support/run.ts'

const cwd = fileURLToPath(new URL('../', import.meta.url))
const PASSWORD = 'correct-horse-battery'

async function found(url: string) {
  const env = { AUTHSEC_MODE: 'auto', STORE: url }
  const { findings, facts } = await doctor(['--store', 'env:STORE'], { env, cwd })
  const ours = findings.filter(({ code }) => code.startsWith('store_'))
  return { ours, codes: ours.map(({ code }) => code), store: facts['store'] }
}

describe.skipIf(lacksRedis())('The doctor, about a Redis server', () => {
  test('is silent about one that evicts nothing', async () => {
    await using redis = await startRedis('--maxmemory-policy', 'noeviction')
    const { codes, store } = await found(redis.url)
    expect(codes).toEqual([])
    expect(store).toMatchObject({ eviction: 'noeviction', roundTripMs: expect.any(Number) })
  })

  test('finds what it evicts, that it is full, and that it is gone', async () => {
    await using redis = await startRedis('--maxmemory-policy', 'allkeys-lru')
    expect((await found(redis.url)).codes).toEqual(['store_evicts'])
    await using full = await startRedis('--maxmemory', '1', '--maxmemory-policy', 'noeviction')
    const { ours } = await found(full.url)
    expect(ours).toMatchObject([{ code: 'store_call_failed' }])
    expect(ours[0]?.cause).toMatch(/OOM/)
    await full.kill()
    expect((await found(full.url)).codes).toEqual(['store_unreachable'])
  })

  test('needs no more rights than the store, and names those that lack', async () => {
    plantSecret('the password', PASSWORD)
    const folder = mkdtempSync(join(tmpdir(), 'authsec-acl-'))
    const aclfile = join(folder, 'users.acl')
    const hash = createHash('sha256').update(PASSWORD).digest('hex')
    const user = (name: string, rights: string): string =>
      `user ${name} on #${hash} -@all ${rights}\n`
    writeFileSync(
      aclfile,
      `user default off\n${user('agents', '+auth +get +set +del +eval ~authsec:*')}${user('reader', '+auth +get ~authsec:*')}`,
    )
    await using redis = await startRedis('--aclfile', aclfile)
    const as = (name: string, password = PASSWORD): string =>
      redis.url.replace('redis://', `redis://${name}:${password}@`)
    expect(await found(as('agents'))).toMatchObject({
      codes: [],
      store: { eviction: expect.stringMatching(/^not known: INFO/) },
    })
    const reader = await found(as('reader'))
    expect(reader.ours[0]?.cause).toMatch(/NOPERM/)
    expect((await found(as('agents', 'another'))).ours[0]).toMatchObject({
      code: 'store_unreachable',
      cause: expect.stringMatching(/WRONGPASS/),
    })
    rmSync(folder, { recursive: true, force: true })
  })
})
