import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFileStore, createMemoryStore } from '@authsec/core/store'
import { expect, it } from 'vitest'
import { settleApprovals } from '../src/index.ts'
import { type Call, inAnotherProcess, runner, scripted, setUp } from './support.ts'

const show: Call = ['show', { id: 'rec-0001' }, 'c1']
const keys = [{ kid: 'k1', key: crypto.getRandomValues(new Uint8Array(32)) }]
const sealedIn = (state: object): string | undefined =>
  /"sealed":"([^"]*)"/.exec(JSON.stringify(state))?.[1]

it.each([
  ['keeps the question', 'none', true],
  ['keeps the question', 'a store in memory', true],
  ['has the approval', 'a store of files', false],
])('a state %s after the answer was collected, with %s', async (_what, kind, isKept) => {
  const directory = await mkdtemp(join(tmpdir(), 'authsec-restart-'))
  const stores: Record<string, object> = {
    'a store in memory': { store: createMemoryStore() },
    'a store of files': { store: createFileStore({ directory }) },
  }
  const bench = setUp({ approvals: { keys }, ...stores[kind] })
  const { agent } = scripted(bench.toolsOf(), [[show]])
  const { state } = await runner.run(agent, 'go', { context: { user: 'ann' } })
  await settleApprovals(state)
  const question = sealedIn(state)
  bench.emulator.control.approve()
  expect((await settleApprovals(state)).proceed).toBe(true)
  expect(sealedIn(state) === question).toBe(isKept)
  // In this process both execute it, once, however often the state is read again.
  for (let time = 0; time < 3; time++) {
    const next = scripted(bench.toolsOf(), [])
    const read = await inAnotherProcess(next.agent, state)
    await settleApprovals(read)
    await runner.run(next.agent, read)
  }
  expect([bench.executed(), bench.questions().length]).toEqual([['rec-0001'], 1])
  await rm(directory, { recursive: true })
})
