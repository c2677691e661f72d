import { setImmediate as turn } from 'node:timers/promises'
import { rejection, startServer } from '@authsec-internal/test-kit'
import fc from 'fast-check'
import * as undici7 from 'undici'
import * as undici8 from 'undici-8'
import { afterEach, describe, expect, it } from 'vitest'
import { eachPiece } from '../src/http/each-piece.ts'
import type { TransportRequest, TransportResponse } from '../src/http/transport.ts'
import { type BoundedSignal, createBoundedSignal } from '../src/support/bounded-signal.ts'
import { systemClock } from '../src/support/clock.ts'
import { dispatch } from '../src/transports/dispatch.ts'
import { PushedBody } from '../src/transports/pushed-body.ts'

type Sender = undici7.Agent
const versions: readonly [string, (options: undici7.Agent.Options) => Sender][] = [
  ['7', (options) => new undici7.Agent(options)],
  // Their types differ; the handlers that both take do not.
  ['8', (options) => new undici8.Agent({ ...options } as object) as unknown as Sender],
]

const agents: Sender[] = []
afterEach(() => Promise.all(agents.splice(0).map((agent) => agent.destroy())))

function agentOf(
  create: (typeof versions)[number][1],
  options: undici7.Agent.Options = {},
): Sender {
  const agent = create(options)
  agents.push(agent)
  return agent
}

function bound(signal?: AbortSignal): BoundedSignal {
  const reason = (): Error => new Error('too late')
  return createBoundedSignal({ clock: systemClock, ms: 60_000, signal, keepAlive: false, reason })
}

function callOf(url: string, more: Partial<TransportRequest> = {}): TransportRequest {
  const cancellation = bound()
  return { method: 'GET', url: new URL(url), headers: {}, body: undefined, cancellation, ...more }
}

async function textOf({ body }: TransportResponse): Promise<string> {
  const pieces: Uint8Array[] = []
  await eachPiece(body, (piece) => pieces.push(piece))
  return Buffer.concat(pieces).toString()
}

describe.each(versions)('a request that undici %s dispatches', (_version, create) => {
  it('has the status, the headers in lower case and the body of the answer', async () => {
    await using server = await startServer((_request, response) => {
      response.writeHead(201, 'Made', { 'X-One': '1', 'Set-Cookie': ['a', 'b'] }).end('body')
    })
    const answer = await dispatch(agentOf(create), callOf(server.baseUrl))
    expect(answer).toMatchObject({ status: 201, statusText: 'Made' })
    expect(answer.headers).toMatchObject({ 'x-one': '1', 'set-cookie': 'a,b' })
    expect(await textOf(answer)).toBe('body')
  })

  it('makes no AbortSignal, because a cancellation ends it without one', async () => {
    await using server = await startServer((_request, response) => void response.end('x'))
    const cancellation = Object.defineProperty(bound(), 'signal', {
      get: () => expect.unreachable('a signal was made'),
    })
    const answer = await dispatch(agentOf(create), callOf(server.baseUrl, { cancellation }))
    expect(await textOf(answer)).toBe('x')
  })

  it('waits for the answer behind interim responses', async () => {
    await using server = await startServer((_request, response) => {
      response.writeProcessing()
      response.writeEarlyHints({ link: '</x>; rel=preload' })
      response.end('later')
    })
    const answer = await dispatch(agentOf(create), callOf(server.baseUrl))
    expect([answer.status, await textOf(answer)]).toEqual([200, 'later'])
  })

  it.each([0, 1, 65_535, 65_536, 5_000_000])(
    'hands over a body of %i bytes, whether it is iterated over at once or read late',
    async (size) => {
      await using server = await startServer((_request, response) => {
        response.end(Buffer.alloc(size, 'x'))
      })
      const agent = agentOf(create)
      const late = await dispatch(agent, callOf(server.baseUrl))
      await turn()
      await turn()
      expect((await textOf(late)).length).toBe(size)
      let bytes = 0
      for await (const piece of (await dispatch(agent, callOf(server.baseUrl))).body) {
        bytes += piece.byteLength
        await turn()
      }
      expect(bytes).toBe(size)
    },
  )

  it('holds the server back while nobody reads', async () => {
    let sent = 0
    await using server = await startServer((request, response) => {
      const piece = Buffer.alloc(65_536)
      const more = (): void => {
        while (!request.destroyed && response.write(piece)) sent += piece.length
      }
      response.on('drain', more)
      more()
    })
    const answer = await dispatch(agentOf(create), callOf(server.baseUrl))
    for (let before = -1; before !== sent; ) {
      before = sent
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    // What the buffers of both systems hold; it would go on without an end.
    expect(sent).toBeLessThan(32 * 1_048_576)
    answer.discard()
  })

  it('uses a connection again after a body that was read', async () => {
    let connections = 0
    await using server = await startServer((_request, response) => response.end('x'))
    const agent = agentOf(create, { connections: 1 })
    agent.on('connect', () => connections++)
    for (let turns = 0; turns < 3; turns++) {
      expect(await textOf(await dispatch(agent, callOf(server.baseUrl)))).toBe('x')
    }
    expect(connections).toBe(1)
  })

  it('fails with the reason of the abort, before the headers and in the body', async () => {
    await using server = await startServer((request, response) => {
      if (request.url === '/body') response.write('first')
    })
    for (const path of ['headers', 'body']) {
      const caller = new AbortController()
      const cancellation = bound(caller.signal)
      const call = callOf(`${server.baseUrl}/${path}`, { cancellation })
      const outcome = dispatch(agentOf(create), call).then(textOf)
      setTimeout(() => caller.abort(new Error('enough')), 50)
      expect(await rejection(outcome)).toMatchObject({ message: 'enough' })
    }
  })

  it('is not sent when it was given up while it waited for a connection', async () => {
    const paths: (string | undefined)[] = []
    await using server = await startServer((request, response) => {
      paths.push(request.url)
      setTimeout(() => response.end('x'), 50)
    })
    const agent = agentOf(create, { connections: 1 })
    const caller = new AbortController()
    const first = dispatch(agent, callOf(`${server.baseUrl}/first`))
    const cancellation = bound(caller.signal)
    const second = dispatch(agent, callOf(`${server.baseUrl}/second`, { cancellation }))
    caller.abort(new Error('enough'))
    expect(await rejection(second)).toMatchObject({ message: 'enough' })
    expect(await textOf(await first)).toBe('x')
    expect(await textOf(await dispatch(agent, callOf(`${server.baseUrl}/third`)))).toBe('x')
    expect(paths).toEqual(['/first', '/third'])
  })

  it.each([
    ['before the headers', '', 'SocketError'],
    ['in a body of known length', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab', 'SocketError'],
    ['in a body in chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab', ''],
    ['after what is no HTTP', 'SMTP ready\r\n', 'HTTPParserError'],
  ])('fails when the connection ends %s', async (_where, sent, name) => {
    await using server = await startServer((request) => void request.socket.end(sent))
    const outcome = dispatch(agentOf(create), callOf(server.baseUrl)).then(textOf)
    expect(await rejection(outcome)).toMatchObject({ name: expect.stringContaining(name) })
  })

  it('ends a body that it could not send, and one that was given up', async () => {
    let cancelled = 0
    const stream = (): ReadableStream<Uint8Array> =>
      new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 10))
          controller.enqueue(Buffer.from('x'))
        },
        cancel: () => void cancelled++,
      })
    const { baseUrl, [Symbol.asyncDispose]: stop } = await startServer(() => undefined)
    await using server = await startServer(() => undefined)
    await stop()
    const agent = agentOf(create)
    const refused = dispatch(agent, callOf(baseUrl, { method: 'POST', body: stream() }))
    expect(await rejection(refused)).toMatchObject({ code: 'ECONNREFUSED' })
    const caller = new AbortController()
    const cancellation = bound(caller.signal)
    const given = { method: 'POST', body: stream(), cancellation }
    const outcome = dispatch(agent, callOf(server.baseUrl, given))
    setTimeout(() => caller.abort(new Error('enough')), 50)
    expect(await rejection(outcome)).toMatchObject({ message: 'enough' })
    await turn()
    expect(cancelled).toBe(2)
  })

  it('fails with the error of an agent that is closed', async () => {
    const agent = agentOf(create)
    await agent.close()
    const error = await rejection(dispatch(agent, callOf('http://127.0.0.1:1/')))
    expect(error).toMatchObject({ code: expect.stringMatching(/^UND_ERR_(CLOSED|DESTROYED)$/) })
  })

  it('fails with the error of a header that undici refuses', async () => {
    const call = callOf('http://127.0.0.1:1/', { headers: { 'x-bad': 'a\nb' } })
    const error = await rejection(dispatch(agentOf(create), call))
    expect(error).toMatchObject({ code: 'UND_ERR_INVALID_ARG' })
  })
})

it.each([
  ['7', undici7.MockAgent],
  ['8', undici8.MockAgent as unknown as typeof undici7.MockAgent],
])('a mock agent of undici %s answers what is dispatched', async (_version, MockAgent) => {
  const agent = new MockAgent()
  agent.disableNetConnect()
  const headers = { 'content-type': 'text/plain' }
  agent.get('https://api.test').intercept({ path: '/x?a=1' }).reply(200, 'mocked', { headers })
  const answer = await dispatch(agent, callOf('https://api.test/x?a=1'))
  expect(answer).toMatchObject({ status: 200, headers })
  expect(await textOf(answer)).toBe('mocked')
  await agent.close()
})

describe('a body whose pieces are pushed', () => {
  const flow = () => {
    const calls: string[] = []
    return {
      calls,
      pause: () => calls.push('pause'),
      resume: () => calls.push('resume'),
      abort: () => calls.push('abort'),
    }
  }

  it('is the same by its own way as by an iterator, whenever it is read', async () => {
    const step = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 9 }),
      fc.constantFrom('read' as const, 'turn' as const),
    )
    const ending = fc.constantFrom('end' as const, 'error' as const)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), ending, async (steps, how) => {
        const outcomes = []
        for (const way of ['own', 'iterator']) {
          const body = new PushedBody(flow())
          const taken: Uint8Array[] = []
          let reading: Promise<string> | undefined
          const read = async (): Promise<string> => {
            if (way === 'own') await body.readPieces((piece) => taken.push(piece))
            else for await (const piece of body) taken.push(piece)
            return 'done'
          }
          const start = (): void => {
            reading ??= read().catch((error: Error) => error.message)
          }
          for (const each of steps) {
            if (each === 'read') start()
            else if (each === 'turn') await turn()
            else body.push(each)
          }
          body.end(how === 'error' ? { error: new Error('broken') } : {})
          start()
          outcomes.push([await reading, Buffer.concat(taken).toString('hex')])
        }
        const sent = steps.filter((each) => typeof each !== 'string')
        const expected = [how === 'error' ? 'broken' : 'done', Buffer.concat(sent).toString('hex')]
        expect(outcomes).toEqual([expected, expected])
      }),
      { numRuns: 300 },
    )
  })

  it('pauses the sender at more than 64 KiB, and not before', () => {
    const { calls, ...rest } = flow()
    const body = new PushedBody(rest)
    body.push(new Uint8Array(65_536))
    expect(calls).toEqual([])
    body.push(new Uint8Array(1))
    expect(calls).toEqual(['pause'])
  })

  it('ends at once with what its reader throws, and takes nothing more', async () => {
    const { calls, ...rest } = flow()
    const body = new PushedBody(rest)
    const taken: number[] = []
    const reading = body.readPieces(([first = 0]) => {
      taken.push(first)
      if (first === 2) throw new RangeError('too large')
    })
    for (const first of [1, 2, 3]) body.push(Uint8Array.of(first))
    await expect(reading).rejects.toThrow('too large')
    expect([taken, calls]).toEqual([
      [1, 2],
      ['resume', 'abort'],
    ])
  })

  it('aborts the exchange when an iterator leaves it, and not after its end', async () => {
    for (const isWhole of [false, true]) {
      const { calls, ...rest } = flow()
      const body = new PushedBody(rest)
      body.push(Uint8Array.of(1))
      if (isWhole) body.end()
      for await (const _piece of body) break
      expect(calls.includes('abort')).toBe(!isWhole)
    }
  })
})
