import { randomInt } from 'node:crypto'
import type { AuthSecStore, Clock } from '@authsec/core'
import { createMemoryStore } from '@authsec/core/store'
import {
  createFakeClock,
  createRandom,
  inProcessClient,
  inProcessEmulator,
  pick,
} from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { createAuthSecMcpServerFactory } from '../src/index.ts'
import { connect2025 } from './support/clients.ts'
import { releasedRecord } from './support/vault.ts'

/*
 * A client of 2025 waits in one request and keeps nothing, so the random runs of other hosts, which pause and resume,
 * do not fit. Here calls are made by several processes while people decide, clients cancel, connections close,
 * processes are killed and answers get lost. The vault and the emulator alone are counted.
 */

const RECORDS = ['rec-0001', 'rec-0002', 'rec-0003'] as const
type RecordId = (typeof RECORDS)[number]
const { DURABLE_SEED, DURABLE_RUNS } = process.env
const first = Number(DURABLE_SEED ?? randomInt(1_000_000_000))
const runs = Number(DURABLE_RUNS ?? (DURABLE_SEED === undefined ? 6 : 1))

interface Call {
  readonly record: RecordId
  readonly abort: AbortController
  readonly server: Server
  isOver: boolean
}

type Server = Awaited<ReturnType<ReturnType<typeof startWorld>['start']>>

function startWorld() {
  const clock = createFakeClock(Date.now())
  const emulator = inProcessEmulator({ clock })
  const store = createMemoryStore({ clock })
  const keys = [{ kid: 'k1', key: new Uint8Array(32).map((_, index) => index) }]
  let answersToLose = 0
  const many = { openPerApprover: 100, unapprovedPerWindow: 100, pauseAfterDenialMs: 0 }

  /** A process that can be killed: from then on nothing that it waits for happens. */
  async function start() {
    let isAlive = true
    const whileAlive = async <T>(work: () => Promise<T>): Promise<T> => {
      const result = isAlive ? await work() : undefined
      return isAlive ? (result as T) : new Promise(() => undefined)
    }
    const own: Clock = {
      now: clock.now,
      monotonic: clock.monotonic,
      setTimeout: (callback, ms) => clock.setTimeout(() => void (isAlive && callback()), ms),
    }
    const answer = async (request: Request): Promise<Response> => {
      const response = await emulator.fetch(request)
      if (answersToLose === 0 || !request.url.endsWith('/ciba/token')) return response
      answersToLose -= 1
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error(), { code: 'ECONNRESET' }),
      })
    }
    const shared: AuthSecStore = {
      get: (key) => whileAlive(() => store.get(key)),
      set: (key, value, ttlMs) => whileAlive(() => store.set(key, value, ttlMs)),
      delete: (key) => whileAlive(() => store.delete(key)),
      claim: (id, ttlMs) => whileAlive(() => store.claim(id, ttlMs)),
    }
    const client = inProcessClient(emulator, {
      clock: own,
      store: shared,
      approvals: { keys, ...many },
      fetch: (input, init) => whileAlive(() => answer(new Request(input, init))),
    })
    await client.getDelegationToken()
    const options = { operations: [releasedRecord], clock: own }
    const near = await connect2025(createAuthSecMcpServerFactory(client, options))
    return {
      near,
      isRunning: () => isAlive,
      kill(): void {
        isAlive = false
      },
      close: () => near[Symbol.asyncDispose](),
    }
  }

  const loseAnswer = (): void => {
    answersToLose = 1
  }
  return { clock, emulator, start, loseAnswer }
}

/** How many calls were executed, and how many of them had to be. */
async function oneRun(seed: number, say: (step: string) => void): Promise<[number, number]> {
  const random = createRandom(seed)
  const world = startWorld()
  const { clock, emulator, start, loseAnswer } = world
  const { control } = emulator
  let servers = [await start(), await start()]
  if (random() < 0.5) {
    say('AuthSec gives every poll of an approval a token')
    control.failNext({ kind: 'reuse_approval' }, { times: Number.POSITIVE_INFINITY })
  }
  const calls: Call[] = []
  const approved: RecordId[] = []
  const owed: RecordId[] = []
  const answered: string[] = []
  /** Records about whose calls something was cut, lost or cancelled. */
  const disturbed = new Set<RecordId>()
  const recordOf = (text: string): RecordId =>
    RECORDS.find((id) => text.includes(id)) ?? expect.fail(text)
  const questions = (record: RecordId) =>
    control.approvals().filter(({ bindingMessage }) => bindingMessage.includes(record))
  const executions = (record: RecordId): number =>
    emulator.requests.filter(({ path }) => path.endsWith(`records/${record}`)).length

  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1))
  }

  async function pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await clock.advance(1_000)
      await settled()
    }
  }

  function call(): void {
    const record = pick(random, RECORDS)
    const server = pick(random, servers)
    say(`p${servers.indexOf(server)} is called for ${record}`)
    const one: Call = { record, abort: new AbortController(), server, isOver: false }
    calls.push(one)
    const over = (): void => {
      one.isOver = true
    }
    const params = { name: 'release_record', arguments: { id: record } }
    const options = { signal: one.abort.signal, timeout: 600_000 }
    server.near.client.callTool(params, undefined, options).then(over, over)
  }

  function decide(): void {
    const open = control
      .approvals()
      .filter(({ status, authReqId }) => status === 'pending' && !answered.includes(authReqId))
    if (open.length === 0) return
    const { authReqId, bindingMessage } = pick(random, open)
    const record = recordOf(bindingMessage)
    answered.push(authReqId)
    const decision = random() < 0.75 ? 'approve' : 'deny'
    const isAwaited = waiting().some((one) => one.record === record)
    say(`${record}: ${decision}${isAwaited ? '' : ', for nobody'}`)
    control[decision](authReqId)
    if (decision === 'deny') return
    approved.push(record)
    if (isAwaited && !disturbed.has(record)) owed.push(record)
  }

  const waiting = (): Call[] => calls.filter(({ isOver, server }) => !isOver && server.isRunning())

  async function end(how: 'close' | 'kill'): Promise<void> {
    const server = pick(random, servers)
    say(`p${servers.indexOf(server)} ends: ${how}`)
    for (const one of waiting()) if (one.server === server) disturbed.add(one.record)
    if (how === 'kill') server.kill()
    else await server.close()
    servers = servers.map((one) => one)
    servers[servers.indexOf(server)] = await start()
  }

  const steps = [
    ...[call, call, call, call, call],
    ...[decide, decide, decide, decide],
    () => {
      const all = waiting()
      if (all.length === 0) return
      const one = pick(random, all)
      say(`the client cancels its call for ${one.record}`)
      disturbed.add(one.record)
      one.abort.abort()
    },
    () => end(pick(random, ['close', 'kill'])),
    () => {
      say('an answer is lost')
      for (const record of RECORDS) disturbed.add(record)
      loseAnswer()
    },
    () => pass(pick(random, [5, 5, 12, 61])),
    ...[() => pass(6), () => pass(6), () => pass(6)],
  ]

  function judge(): void {
    for (const record of RECORDS) {
      const most = approved.filter((one) => one === record).length
      expect(executions(record), `executions of ${record}`).toBeLessThanOrEqual(most)
      const finished = questions(record).filter(({ status }) => status !== 'pending').length
      const isCalm = !disturbed.has(record)
      if (isCalm) expect(questions(record).length - finished, 'open questions').toBeLessThan(2)
    }
  }

  for (let step = 0; step < 16; step += 1) {
    await pick(random, steps)()
    await settled()
    judge()
  }
  say('at the end:')
  while (
    control.approvals().some((one) => one.status === 'pending' && !answered.includes(one.authReqId))
  )
    decide()
  for (let turn = 0; turn < 60 && waiting().length > 0; turn += 1) await pass(5)
  judge()
  expect(waiting(), 'calls that never ended').toEqual([])
  for (const record of RECORDS) {
    if (disturbed.has(record)) continue
    const due = owed.filter((one) => one === record).length
    expect(executions(record), `executions of ${record}, which were owed`).toBeGreaterThanOrEqual(
      due,
    )
  }
  for (const server of servers) await server.close()
  return [emulator.requests.filter(({ path }) => path.includes('records/')).length, owed.length]
}

describe(`MCP 2025, in ${runs} random runs from seed ${first}`, () => {
  it(
    'executes each approval at most once, nothing without one, and loses none',
    async () => {
      const counts = { executed: 0, owed: 0 }
      for (let seed = first; seed < first + runs; seed += 1) {
        const script: string[] = []
        try {
          const [executed, owed] = await oneRun(seed, (step) => script.push(step))
          counts.executed += executed
          counts.owed += owed
        } catch (error) {
          const how = `DURABLE_SEED=${seed} repeats this run:`
          throw new Error([String(error), how, ...script].join('\n'), { cause: error })
        }
      }
      console.log(`MCP 2025: ${runs} runs from seed ${first}: ${JSON.stringify(counts)}`)
      // Without these the runs would have proved nothing.
      if (runs >= 20) expect(Math.min(counts.executed, counts.owed)).toBeGreaterThan(0)
    },
    30_000 + runs * 5_000,
  )
})
