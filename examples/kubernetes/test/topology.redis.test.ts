import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { lacksRedis, watch } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { type Pod, startTopology } from './support/topology.ts'

/** How often each status was the answer; `failed` for a connection that was lost. */
async function ask(pods: readonly Pod[], agents: readonly string[], times: number) {
  const counts: Record<string, number> = {}
  const calls = pods.flatMap(({ url }) =>
    Array.from({ length: times }, async (_, index) => {
      const path = `agents/${agents[index % agents.length]}/metrics`
      const status = await fetch(`${url}${path}`)
        .then(async (response) => {
          await response.arrayBuffer()
          return response.status
        })
        .catch(() => 'failed')
      counts[status] = (counts[status] ?? 0) + 1
    }),
  )
  await Promise.all(calls)
  return counts
}

describe.skipIf(lacksRedis())('Four pods with one Redis', () => {
  it('ask AuthSec once for each agent, when all get 250 cold requests at once', async () => {
    await using topology = await startTopology({ isSlow: true })
    const pods = await topology.startPods()
    expect(pods).toHaveLength(4)
    expect(await ask(pods, topology.agents, 250)).toEqual({ 200: 1_000 })
    expect(topology.tokenRequests()).toHaveLength(topology.agents.length)
  })

  it('fail no call when one of them is told to end while calls run', async () => {
    await using topology = await startTopology({ agents: 5 })
    const pods = await topology.startPods()
    await ask(pods, topology.agents, 5)
    topology.api.delayMs = 1_500
    const [leaving, ...others] = pods
    const calls = Promise.all([
      ask(others, topology.agents, 40),
      ask(leaving ? [leaving] : [], topology.agents, 40),
    ])
    await sleep(500)
    leaving?.program.child.kill('SIGTERM')
    // The Service may send a few more to a pod that leaves: connections that it has already are answered.
    expect(await calls).toEqual([{ 200: 120 }, { 200: 40 }])
    expect(await leaving?.program.ended).toMatchObject({ code: 0 })
    await expect(fetch(`${leaving?.url}healthz`)).rejects.toThrow()
    expect(await ask(others, topology.agents, 20)).toEqual({ 200: 60 })
  })

  it('fail no call and stay ready when Redis is killed, and start without it', async () => {
    await using topology = await startTopology({ agents: 6 })
    const pods = await topology.startPods()
    const [first = '', ...cold] = topology.agents
    await ask(pods, [first], 5)
    await topology.redis.kill()
    expect(await ask(pods, topology.agents, 60)).toEqual({ 200: 240 })
    // Each process asked for itself what it could not share.
    expect(topology.tokenRequests()).toHaveLength(1 + pods.length * cold.length)
    const late = await topology.startPod()
    expect(await ask([late], topology.agents, 6)).toEqual({ 200: 6 })
    for (const { url } of [...pods, late]) {
      const response = await fetch(`${url}readyz`)
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({ status: 'ready' })
    }
    await topology.redis.restart()
    expect(await ask(pods, topology.agents, 12)).toEqual({ 200: 48 })
  })

  it('show Prometheus the metrics of docs/observability.md, and nobody a client ID', async () => {
    await using topology = await startTopology({ agents: 2 })
    const pod = await topology.startPod()
    expect(await ask([pod], [...topology.agents, 'refused', 'nobody'], 4)).toEqual({
      200: 2,
      502: 1,
      404: 1,
    })
    const text = await (await fetch(pod.metricsUrl)).text()
    watch('metrics', text)
    const page = readFileSync(new URL('../../../docs/observability.md', import.meta.url), 'utf8')
    const named = new Set(page.match(/\bauthsec_\w+_(?:count|total|seconds)\b/g))
    // This service asks no person.
    named.delete('authsec_approvals_total')
    const shown = new Set(
      [...text.matchAll(/^(?:# TYPE )?(authsec_\w+)/gm)].map(([, name]) => name),
    )
    expect([...named].filter((name) => !shown.has(name))).toEqual([])
    expect(named.size).toBeGreaterThanOrEqual(3)
  })

  it('end their start with one sentence for a setting that cannot work', async () => {
    await using topology = await startTopology({ agents: 1 })
    for (const [change, sentence] of [
      [{ REPLICAS: '91' }, 'REPLICAS is more than REQUESTS_PER_MINUTE.'],
      [{ AGENTS_FILE: '/nowhere' }, 'AGENTS_FILE names no file of JSON that can be read.'],
      [{ AUTHSEC_TOKEN_KEYS: 'NAME-AND-KEY' }, /AUTHSEC_TOKEN_KEYS/],
      [{ AUTHSEC_BASE_URL: '' }, /^config_missing: /],
    ] as const) {
      const run = await topology.startBroken(change)
      expect(run).toMatchObject({ code: 1, stdout: '' })
      const lines = run.stderr
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('redis:'))
      expect(lines).toEqual([expect.stringMatching(sentence)])
    }
  })
})
