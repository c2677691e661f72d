import { EventEmitter } from 'node:events'
import { inspect } from 'node:util'
import {
  createFakeClock,
  describeOptions,
  rejection,
  settle,
  thrown,
} from '@authsec-internal/test-kit'
import {
  ClientClosedError,
  ClientOfflineError,
  ConnectionTimeoutError,
  DisconnectsClientError,
  RootNodesUnavailableError,
  SocketClosedUnexpectedlyError,
  SocketTimeoutError,
  TimeoutError,
} from 'redis'
import { describe, expect, it } from 'vitest'
import { type RedisClient, type RedisTokenStoreOptions, redisTokenStore } from '../src/index.ts'

const DAY = 86_400_000
const SECRET = 'planted-secret-1f0c'

/** A client like ioredis that answers as it is told, and keeps what it was sent. */
function answering(...answers: unknown[]): {
  call(...args: string[]): Promise<unknown>
  sent: string[][]
} {
  const sent: string[][] = []
  return {
    sent,
    async call(...args) {
      sent.push(args)
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      return answer
    },
  }
}

/** A client like that of node-redis: an emitter of events with raw commands. */
class NodeRedis extends EventEmitter {
  readonly sent: unknown[][] = []
  readonly isOpen: boolean
  constructor(isOpen = true) {
    super()
    this.isOpen = isOpen
    this.on('error', () => undefined)
  }
  async sendCommand(...args: unknown[]): Promise<unknown> {
    this.sent.push(args)
    return 1
  }
}
class NodeRedisCluster extends NodeRedis {
  getSlotRandomNode(): void {}
}
class NodeRedisSentinel extends NodeRedis {
  getMasterNode(): void {}
}

describeOptions<RedisTokenStoreOptions>({
  what: 'the Redis store',
  create: (options) => redisTokenStore(answering(), options),
  valid: {},
  options: {
    prefix: ['', 'prefx'],
    timeoutMs: [0, 'timeoutMS'],
    clock: [{ now: Date.now }, 'clok'],
  },
})

describe('the prefix of a Redis store', () => {
  it.each([7, 'x'.repeat(129), '\ud800', null, ['a']])('is refused as %j', (prefix) => {
    expect(thrown(() => redisTokenStore(answering(), { prefix: prefix as string }))).toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/^prefix must be/),
    })
  })

  it('is what every key begins with, and nothing of the key follows', async () => {
    const client = answering('OK', null, 0, 1, 1, 1)
    const store = redisTokenStore(client, { prefix: 'app{1}:' })
    await store.set(SECRET, 'value', DAY)
    await store.get(SECRET)
    await store.delete(SECRET)
    await store.claim(SECRET, DAY)
    await (await store.lease(SECRET, DAY))?.release()
    const keys = client.sent.map(([command, first, , fourth]) =>
      command === 'EVAL' ? fourth : first,
    )
    expect(keys).toHaveLength(6)
    for (const key of keys) expect(key).toMatch(/^app\{1\}:[vcl]:[0-9a-f]{64}$/)
    expect(JSON.stringify(client.sent)).not.toContain(SECRET)
  })
})

describe('a client that a Redis store is given', () => {
  const refused = (client: unknown): unknown => thrown(() => redisTokenStore(client as RedisClient))

  it.each([
    undefined,
    null,
    'redis://localhost',
    {},
    new Map(),
    { get() {}, set() {}, eval() {} },
    { call: 'x', sendCommand: true },
  ])('is refused where it has no raw commands', (client) => {
    expect(refused(client)).toMatchObject({
      name: 'ConfigError',
      code: 'config_invalid',
      message: 'client is no client of Redis that this store knows.',
      hint: expect.stringContaining('ioredis'),
    })
  })

  it.each([
    [
      'not connected',
      new NodeRedis(false),
      /^client is not connected/,
      /await client\.connect\(\)/,
    ],
    ['a cluster that is not connected', new NodeRedisCluster(false), /not connected/, /connect/],
    ['closed for good', { ...answering(), status: 'end' }, /^client is closed/, /Create a client/],
    ['closed, of GLIDE', { customCommand() {}, isClosed: true }, /^client is closed/, /Create/],
    [
      'a pipeline',
      { ...answering(), isPipeline: true },
      /^client is a pipeline/,
      /client of redis/,
    ],
  ])('is refused while it is %s', (_what, client, message, hint) => {
    expect(refused(client)).toMatchObject({
      name: 'ConfigError',
      code: 'config_invalid',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    })
  })

  it.each([new NodeRedis(), new NodeRedisCluster(), new NodeRedisSentinel()])(
    'is refused when nobody listens to its errors, which would end the process',
    (client) => {
      expect(() => redisTokenStore(client as RedisClient)).not.toThrow()
      client.removeAllListeners('error')
      client.on('ready', () => undefined)
      expect(refused(client)).toMatchObject({
        name: 'ConfigError',
        code: 'config_invalid',
        message: expect.stringContaining('no listener of errors'),
        hint: expect.stringContaining("client.on('error'"),
      })
    },
  )

  it.each(['wait', 'connecting', 'ready', 'reconnecting'])(
    'like ioredis may be in the state "%s", and needs no listener',
    (status) => {
      const client = Object.assign(new EventEmitter(), answering(), { status })
      expect(() => redisTokenStore(client)).not.toThrow()
    },
  )

  it('is sent raw commands in its own form', async () => {
    const name = expect.stringMatching(/^authsec:c:[0-9a-f]{64}$/)
    const command = ['EVAL', expect.any(String), '1', name, expect.any(String), `${DAY}`]
    const clients = {
      'node-redis': [new NodeRedis(), [command, { timeout: 300 }]],
      cluster: [new NodeRedisCluster(), [name, false, command]],
      sentinel: [new NodeRedisSentinel(), [false, command]],
    } as const
    for (const [what, [client, expected]] of Object.entries(clients)) {
      const store = redisTokenStore(client as RedisClient, { timeoutMs: 250 })
      expect(await store.claim('id', DAY), what).toBe(true)
      expect(client.sent, what).toEqual([expected])
    }
    const sent: string[][] = []
    const customCommand = async (args: string[]): Promise<unknown> => sent.push(args)
    expect(await redisTokenStore({ customCommand }).claim('id', DAY)).toBe(true)
    expect(sent).toEqual([command])
    // With both, as ioredis has: the other one takes an object of its own.
    const both = Object.assign(new NodeRedis(), answering(1))
    expect(await redisTokenStore(both).claim('id', DAY)).toBe(true)
    expect(both.sent).toEqual([command])
  })
})

describe('an answer that a Redis store is given', () => {
  it.each([
    ['a number', 1, 0],
    ['a text', '1', '0'],
    ['a bigint', 1n, 0n],
    ['bytes', Buffer.from('1'), Buffer.from('0')],
  ])('may be %s', async (_what, yes, no) => {
    const store = redisTokenStore(answering(yes, no, yes, no))
    expect(await store.claim('id', DAY)).toBe(true)
    expect(await store.claim('id', DAY)).toBe(false)
    expect(await store.lease('id', DAY)).toBeDefined()
    expect(await store.lease('id', DAY)).toBeUndefined()
  })

  it.each(['QUEUED', 'OK', null, undefined, 2, -1, true, false, [], [1], {}, '', '01', Number.NaN])(
    'is never taken for a claim or for none when it is %j',
    async (answer) => {
      const store = redisTokenStore(answering(answer, answer, answer))
      for (const call of [
        () => store.claim('id', DAY),
        () => store.lease('id', DAY),
        () => store.delete('key'),
      ]) {
        expect(await rejection(call())).toMatchObject({
          name: 'ConfigError',
          code: 'store_unusable',
          message: expect.stringContaining('an answer that the command does not have'),
        })
      }
    },
  )

  it.each(['QUEUED', null, 1, ['OK'], true])(
    'is no success of set when it is %j',
    async (answer) => {
      const store = redisTokenStore(answering(answer))
      expect(await rejection(store.set('key', 'v', DAY))).toMatchObject({ code: 'store_unusable' })
    },
  )

  it.each(['QUEUED', Buffer.from('QUEUED'), undefined, 1, ['OK'], {}])(
    'is no missing value when it is %j, which is no answer to GET',
    async (answer) => {
      expect(await rejection(redisTokenStore(answering(answer)).get('key'))).toMatchObject({
        name: 'ConfigError',
        code: 'store_unusable',
        message: expect.stringContaining('an answer that the command does not have'),
      })
    },
  )

  it.each([
    ['"text"', 'text'],
    [Buffer.from('"text"'), 'text'],
    [null, undefined],
    ['"QUEUED"', 'QUEUED'],
    ['no JSON', undefined],
    ['7', undefined],
    ['{"a":1}', undefined],
    ['', undefined],
  ])('is a value, or none, when it is %j', async (answer, value) => {
    expect(await redisTokenStore(answering(answer)).get('key')).toBe(value)
  })
})

/** Errors as the clients make them, with what they carry. */
function reply(message: string, name = 'ReplyError'): Error {
  const command = { name: 'set', args: ['authsec:v:1', SECRET] }
  return Object.assign(new Error(`${message} ${SECRET}`), { name, command })
}
/** As Valkey GLIDE 2.5 reports what a server said. */
const glide = (message: string): Error => reply(message, 'RequestError')
const signalled = (kind: string): Error => glide(`An error was signalled by the server: - ${kind}:`)
/** As Redis 6 reports what a command of a script said. */
const inScript = (said: string, name?: string): Error =>
  reply(`ERR Error running script (call to f_6b1bf486): @user_script:4: ${said}`, name)
const coded = (code: string): Error => Object.assign(new Error(SECRET), { code })

describe('an error that a Redis store rejects with', () => {
  it.each<[string, Error, string | undefined, RegExp, boolean]>([
    ['full', reply('OOM command not allowed'), 'OOM', /is full/, false],
    ['no password', reply('NOAUTH Authentication required.'), 'NOAUTH', /does not let/, false],
    ['no permission', reply('NOPERM no permissions'), 'NOPERM', /does not let/, false],
    ['a replica', reply("READONLY You can't write"), 'READONLY', /takes no writes/, false],
    ['a failed save', reply('MISCONF Redis is configured'), 'MISCONF', /takes no writes/, false],
    ['loading', reply('LOADING Redis is loading'), 'LOADING', /not ready/, true],
    ['a broken cluster', reply('CLUSTERDOWN The cluster'), 'CLUSTERDOWN', /not ready/, true],
    ['another type', reply('WRONGTYPE Operation'), 'WRONGTYPE', /Something else/, false],
    ['any other', reply('ERR unknown command'), 'ERR', /server or its client failed/, false],
    ['full, of GLIDE', glide('OOM: command not allowed'), 'OOM', /is full/, false],
    ['no password, of GLIDE', glide('NOAUTH: Authentication'), 'NOAUTH', /does not let/, false],
    ['no permission, of GLIDE', signalled('PermissionDenied'), 'NOPERM', /does not let/, false],
    ['a replica, of GLIDE', signalled('ReadOnly'), 'READONLY', /takes no writes/, false],
    ['loading, of GLIDE', signalled('BusyLoadingError'), 'LOADING', /not ready/, true],
    ['a broken cluster, of GLIDE', signalled('ClusterDown'), 'CLUSTERDOWN', /not ready/, true],
    ['a moving slot, of GLIDE', signalled('TryAgain'), 'TRYAGAIN', /not ready/, true],
    ['a lost primary, of GLIDE', signalled('MasterDown'), 'MASTERDOWN', /not ready/, true],
    [
      'any other, of GLIDE',
      signalled('ResponseError'),
      'ERR',
      /server or its client failed/,
      false,
    ],
    ['a new one, of GLIDE', signalled('toString'), undefined, /server or its client/, false],
    ['full, of Redis 6', inScript('@user_script: 4: -OOM command not'), 'OOM', /is full/, false],
    ['a replica, of Redis 6', inScript('-READONLY You'), 'READONLY', /takes no writes/, false],
    ['another type, of Redis 6', inScript('WRONGTYPE Op'), 'WRONGTYPE', /Something else/, false],
    ['any other, of Redis 6', inScript('attempt to call'), 'ERR', /server or its client/, false],
    ['refused', coded('ECONNREFUSED'), 'ECONNREFUSED', /cannot be reached/, true],
    ['reset', coded('ECONNRESET'), 'ECONNRESET', /cannot be reached/, true],
    ['no host', coded('ENOTFOUND'), 'ENOTFOUND', /cannot be reached/, true],
    ['a closed client', new ClientClosedError(), undefined, /cannot be reached/, true],
    ['an offline client', new ClientOfflineError(), undefined, /cannot be reached/, true],
    ['a cut', new SocketClosedUnexpectedlyError(), undefined, /cannot be reached/, true],
    ['an end', new DisconnectsClientError(), undefined, /cannot be reached/, true],
    ['no node', new RootNodesUnavailableError(), undefined, /cannot be reached/, true],
    ['retries', reply('', 'MaxRetriesPerRequestError'), undefined, /cannot be reached/, true],
    ['no cluster', reply('', 'ClusterAllFailedError'), undefined, /cannot be reached/, true],
    ['the end', new Error('Connection is closed.'), undefined, /cannot be reached/, true],
    ['offline', new Error("Stream isn't writeable and"), undefined, /cannot be reached/, true],
    ['late', new TimeoutError(), undefined, /did not answer in time/, true],
    ['a late socket', new SocketTimeoutError(50), undefined, /did not answer in time/, true],
    ['a late connection', new ConnectionTimeoutError(), undefined, /did not answer in time/, true],
    ['late, of ioredis', new Error('Command timed out'), undefined, /did not answer/, true],
    ['a mistake', new TypeError(SECRET), undefined, /server or its client failed/, false],
  ])(
    'names the cause "%s", and no key, value or command',
    async (_what, cause, code, message, retryable) => {
      const store = redisTokenStore(answering(cause, cause, cause, cause, cause))
      for (const call of [
        () => store.get('key'),
        () => store.set('key', SECRET, DAY),
        () => store.delete('key'),
        () => store.claim('id', DAY),
        () => store.lease('key', DAY),
      ]) {
        const error = await rejection(call())
        expect(error).toMatchObject({
          name: 'ConfigError',
          code: 'store_unusable',
          message: expect.stringMatching(message),
          hint: expect.stringMatching(/\w/),
          retryable,
        })
        expect(Reflect.get(error, 'systemCode')).toBe(code)
        const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)
        expect(shown).not.toMatch(/planted|authsec:v/)
      }
    },
  )

  it('is the same for a client that throws at once', async () => {
    const store = redisTokenStore({
      call() {
        throw coded('ECONNREFUSED')
      },
    })
    expect(await rejection(store.claim('id', DAY))).toMatchObject({
      code: 'store_unusable',
      systemCode: 'ECONNREFUSED',
    })
  })

  it('comes in time from a client that never answers, and is of every method', async () => {
    const clock = createFakeClock()
    const store = redisTokenStore(
      { call: () => new Promise(() => undefined) },
      { clock, timeoutMs: 300 },
    )
    for (const call of [
      () => store.get('key'),
      () => store.set('key', 'value', DAY),
      () => store.delete('key'),
      () => store.claim('id', DAY),
      () => store.lease('key', DAY),
    ]) {
      const start = clock.monotonic()
      const error = rejection(call())
      await clock.advance(300)
      expect(await error).toMatchObject({
        code: 'store_unusable',
        systemCode: 'ETIMEDOUT',
        retryable: true,
        message: expect.stringContaining('is not known'),
      })
      expect(clock.monotonic() - start).toBe(300)
      expect(clock.pending).toBe(0)
    }
  })

  it('comes after a second by default', async () => {
    const clock = createFakeClock()
    const store = redisTokenStore({ call: () => new Promise(() => undefined) }, { clock })
    let isOver = false
    const error = rejection(store.claim('id', DAY)).finally(() => {
      isOver = true
    })
    await clock.advance(999)
    expect(isOver).toBe(false)
    await clock.advance(1)
    expect(await error).toMatchObject({ code: 'store_unusable' })
  })
})

describe('an answer that comes when nobody waits for it any more', () => {
  /** A client whose answers the test gives. */
  function pending(): {
    store: ReturnType<typeof redisTokenStore>
    answers: PromiseWithResolvers<unknown>[]
    sent: string[][]
    clock: ReturnType<typeof createFakeClock>
  } {
    const clock = createFakeClock()
    const answers: PromiseWithResolvers<unknown>[] = []
    const sent: string[][] = []
    const call = (...args: string[]): Promise<unknown> => {
      sent.push(args)
      const answer = Promise.withResolvers<unknown>()
      answers.push(answer)
      return answer.promise
    }
    return { store: redisTokenStore({ call }, { clock }), answers, sent, clock }
  }

  it('gives the lease back, so that nobody waits for the end of its time', async () => {
    const { store, answers, sent, clock } = pending()
    const error = rejection(store.lease('key', DAY))
    await clock.advance(1_000)
    expect(await error).toMatchObject({ code: 'store_unusable' })
    answers[0]?.resolve(1)
    await settle()
    const [taken, given] = sent
    expect(given?.slice(3)).toEqual(taken?.slice(3, 5))
    answers[1]?.reject(new Error('gone'))
    await settle()
    expect(sent).toHaveLength(2)
  })

  it.each([0, null, 'QUEUED'])('gives nothing back when it is %j', async (late) => {
    const { store, answers, sent, clock } = pending()
    const error = rejection(store.lease('key', DAY))
    await clock.advance(1_000)
    await error
    answers[0]?.resolve(late)
    await settle()
    expect(sent).toHaveLength(1)
  })

  it('ends no process when it is an error, and leaves a claim as it is', async () => {
    const { store, answers, sent, clock } = pending()
    const errors = [rejection(store.claim('id', DAY)), rejection(store.claim('id', DAY))]
    await clock.advance(1_000)
    for (const error of errors) expect(await error).toMatchObject({ code: 'store_unusable' })
    answers[0]?.reject(new Error('late'))
    answers[1]?.resolve(1)
    await settle()
    expect(sent).toHaveLength(2)
  })
})
