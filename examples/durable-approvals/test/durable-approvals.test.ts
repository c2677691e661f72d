import { watch } from '@authsec-internal/test-kit'
import { connect, type Ingress, rpc } from '@restatedev/restate-sdk-clients'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AgentService } from '../src/service.ts'
import { freePorts, type RestateServer, restateBinary, startRestate } from './restate.ts'
import { setUpBank } from './set-up.ts'

const binary = restateBinary()
if (!binary) {
  const reason = `@restatedev/restate-server is not installed for ${process.platform}-${process.arch}.`
  if (process.env['DURABLE_ENGINE'] === 'required') throw new Error(reason)
  console.warn(`SKIPPED: ${reason}`)
}

const soon = { timeout: 30_000 }

describe.skipIf(binary === undefined)('an approval on Restate', () => {
  let restate: RestateServer
  let ingress: Ingress
  let port = 0

  beforeAll(async () => {
    restate = await startRestate(binary ?? '')
    ingress = connect({ url: restate.ingress })
    ;[port = 0] = await freePorts(1)
  }, 60_000)

  afterAll(() => restate?.[Symbol.asyncDispose]())

  const setUp = () => setUpBank(restate, port)

  const send = (idempotencyKey: string) =>
    ingress
      .serviceSendClient<AgentService>({ name: 'agent' })
      .run(
        { user: 'user-1', text: 'Please close account acc-17' },
        rpc.sendOpts({ idempotencyKey }),
      )

  type Sent = Awaited<ReturnType<typeof send>>

  /** The question and its sealed form are in the journal, and the run waits. */
  const isAsked = ({ invocationId }: Sent) =>
    expect.poll(() => restate.steps(invocationId), soon).toContain('Command: Sleep')

  async function failureOf(sent: Sent): Promise<string> {
    const failure: unknown = await ingress.result(sent).then(
      (result) => ({ result }),
      (error: unknown) => error,
    )
    watch('failure', failure)
    return String(failure)
  }

  it('outlives the worker that asked, and its call is executed once by another', async () => {
    await using bank = await setUp()
    const first = await bank.startWorker()
    const sent = await send('outlives')
    await isAsked(sent)
    await bank.kill(first)
    bank.control.approve()
    await bank.startWorker()
    expect(await ingress.result(sent)).toMatchObject({ ok: true, data: { closed: 'acc-17' } })
    expect(bank.closed()).toBe(1)
    expect(bank.questions()).toEqual(['consumed'])
  })

  it('leaves neither token nor auth_req_id in the journal', async () => {
    await using bank = await setUp()
    await bank.startWorker()
    const sent = await send('journal')
    await isAsked(sent)
    bank.control.approve()
    await ingress.result(sent)
    const journal = await restate.journal()
    watch('journal', journal)
    // The test sees what is in payloads: the input, and the sealed forms.
    expect(journal).toContain('"text":"Please close account acc-17"')
    expect(journal).toContain('"sealed":"eyJ')
    expect(bank.secrets().length).toBeGreaterThan(4)
    expect(bank.secrets().filter((secret) => journal.includes(secret))).toEqual([])
  })

  it('rings once for a task that is sent twice', async () => {
    await using bank = await setUp()
    await bank.startWorker()
    const sent = await send('twice')
    const again = await send('twice')
    expect(again.invocationId).toBe(sent.invocationId)
    await isAsked(sent)
    bank.control.approve()
    expect(await ingress.result(again)).toMatchObject({ ok: true })
    expect(await ingress.result(await send('twice'))).toMatchObject({ ok: true })
    expect(bank.questions()).toEqual(['consumed'])
    expect(bank.closed()).toBe(1)
  })

  it('rings once when the worker dies before the engine knows of the question', async () => {
    await using bank = await setUp()
    const first = await bank.startWorker({}, 'examples/durable-approvals/test/dying-worker.ts')
    const sent = await send('dying')
    await first.ended
    expect(bank.questions()).toEqual(['pending'])
    expect(await restate.steps(sent.invocationId)).not.toContain('Command: Sleep')
    await bank.startWorker()
    await isAsked(sent)
    expect(bank.questions()).toEqual(['pending'])
    bank.control.approve()
    expect(await ingress.result(sent)).toMatchObject({ ok: true })
    expect(bank.closed()).toBe(1)
  })

  it('is not executed again when the worker dies after it sent the call', async () => {
    await using bank = await setUp()
    const first = await bank.startWorker()
    bank.control.failNext({ kind: 'delay', ms: 10_000 }, { path: /accounts/ })
    const sent = await send('sent')
    await isAsked(sent)
    bank.control.approve()
    await expect.poll(bank.closed, soon).toBe(1)
    await bank.kill(first)
    await bank.startWorker()
    expect(await failureOf(sent)).toMatch(/409.*approval_used.*may have sent/s)
    expect(bank.closed()).toBe(1)
  })

  it('executes nothing when the next worker would send another call than was approved', async () => {
    await using bank = await setUp()
    const first = await bank.startWorker()
    const sent = await send('another')
    await isAsked(sent)
    await bank.kill(first)
    bank.control.approve()
    await bank.startWorker({ APPROVER: 'somebody-else@example.com' })
    expect(await failureOf(sent)).toMatch(/409.*approval_mismatch/s)
    expect(bank.closed()).toBe(0)
  })

  it('ends as an error that is not retried when it is denied', async () => {
    await using bank = await setUp()
    await bank.startWorker()
    const sent = await send('denied')
    await isAsked(sent)
    bank.control.deny()
    expect(await failureOf(sent)).toMatch(/403.*approval_denied/s)
    const polls = bank.polls()
    expect(await failureOf(await send('denied'))).toMatch(/403.*approval_denied/s)
    expect(bank.polls()).toBe(polls)
    expect(bank.closed()).toBe(0)
  })

  it('ends as an error when nobody answers its last question', async () => {
    await using bank = await setUp()
    await bank.startWorker({ QUESTIONS: '1' })
    const sent = await send('expired')
    await isAsked(sent)
    bank.pass(301_000)
    expect(await failureOf(sent)).toMatch(/408.*approval_expired/s)
    expect(bank.closed()).toBe(0)
  })

  it('asks again whoever was away, and executes once', async () => {
    await using bank = await setUp()
    await bank.startWorker({ PAUSE_SECONDS: '45' })
    const sent = await send('again')
    await isAsked(sent)
    bank.pass(301_000)
    await expect.poll(bank.questions, { timeout: 90_000 }).toEqual(['expired', 'pending'])
    bank.control.approve()
    expect(await ingress.result(sent)).toMatchObject({ ok: true })
    expect(bank.closed()).toBe(1)
  })
})
