import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type EmulatorHandler, startEmulator } from '../src/index.ts'
import {
  authsecMatchers,
  createTestClock,
  type EmulatorTest,
  withEmulator,
} from '../src/testing/index.ts'
import '../src/testing/vitest.ts'

expect.extend(authsecMatchers)

/** Pulls the token of an agent, as a client does. */
async function pull({
  AUTHSEC_BASE_URL,
  AUTHSEC_AGENT_CLIENT_ID,
}: EmulatorTest['env']): Promise<Response> {
  const url = `${AUTHSEC_BASE_URL}/authsec/uflow/sdk/delegation-token`
  return await fetch(url, { headers: { 'x-client-id': `${AUTHSEC_AGENT_CLIENT_ID}` } })
}

async function tokenOf(env: EmulatorTest['env']): Promise<string> {
  const { token } = (await (await pull(env)).json()) as { token: string }
  return token
}

async function call(
  env: EmulatorTest['env'],
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const headers = { authorization: `Bearer ${await tokenOf(env)}` }
  return await fetch(`${env.AUTHSEC_API_URL}${path}`, { ...init, headers })
}

/** Asks by CIBA, and polls once. Returns the ID and the answer of the poll. */
async function ask({ env }: EmulatorTest<string>, message = 'Refund?'): Promise<string> {
  const body = {
    login_hint: 'approver@example.com',
    binding_message: message,
    client_id: env.AUTHSEC_AGENT_CLIENT_ID,
  }
  const { auth_req_id } = await post(env, 'initiate', body)
  return String(auth_req_id)
}

const poll = async ({ env }: EmulatorTest<string>, auth_req_id: string): Promise<unknown> => {
  const answer = await post(env, 'token', { auth_req_id, client_id: env.AUTHSEC_AGENT_CLIENT_ID })
  return answer['error'] ?? (answer['access_token'] ? 'approved' : answer)
}

async function post(
  env: EmulatorTest['env'],
  step: string,
  body: object,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${env.AUTHSEC_BASE_URL}/authsec/uflow/auth/ciba/${step}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return (await response.json()) as Record<string, unknown>
}

describe('withEmulator', () => {
  it('gives a running emulator, and returns what the test returns', async () => {
    const status = await withEmulator(async ({ env, emulator }) => {
      expect(env).toMatchObject({ AUTHSEC_MODE: 'live', AUTHSEC_BASE_URL: emulator.baseUrl })
      return (await call(env, 'metrics')).status
    })
    expect(status).toBe(200)
  })

  it.each([
    ['returns', () => undefined],
    [
      'throws',
      () => {
        throw new Error('The assertion failed.')
      },
    ],
    ['rejects', () => Promise.reject(new Error('The assertion failed.'))],
  ])('closes the emulator when the test %s', async (how, end) => {
    let address = ''
    const run = withEmulator(({ env }) => {
      address = `${env.AUTHSEC_BASE_URL}`
      return end()
    })
    if (how === 'returns') await run
    else await expect(run).rejects.toThrow('The assertion failed.')
    await expect(fetch(address)).rejects.toThrow('fetch failed')
  })

  it('serves own routes and several agents with permissions of their own', async () => {
    const options = {
      permissions: ['orders:read'],
      agents: {
        clerk: { permissions: ['orders:read', 'orders:refund'] },
        guest: { delegated: false },
      },
      routes: [
        { path: '/v1/orders/:id', permission: 'orders:read', handle: () => ({ total: 40 }) },
        {
          method: 'POST',
          path: '/v1/refunds',
          permission: 'orders:refund',
          handle: () => ({ done: true }),
        },
      ],
    } as const
    await withEmulator(options, async ({ env, agents, calls }) => {
      expect(await (await call(env, 'v1/orders/7')).json()).toEqual({ total: 40 })
      expect((await call(env, 'v1/refunds', { method: 'POST' })).status).toBe(403)
      expect((await call(agents.clerk, 'v1/refunds', { method: 'POST' })).status).toBe(200)
      expect((await pull(agents.guest)).status).toBe(404)
      expect(calls).toHaveCalled('GET', '/v1/orders/7', { times: 1, status: 200 })
      expect(calls).toHaveCalled('post', 'v1/refunds', { times: 2 })
      expect(calls).toHaveCalled('POST', 'v1/refunds', { times: 1, status: 403 })
      expect(calls).not.toHaveCalled('DELETE', '/v1/orders/7')
    })
  })

  it.each<[string, unknown[], RegExp]>([
    [
      'an unknown option',
      [{ permission: ['a:b'] }, () => undefined],
      /Unknown option "permission"/,
    ],
    ['options that are a list', [[], () => undefined], /options must be an object/],
    ['no test', [{}], /must be|is not a function/],
    [
      'an unknown property of an agent',
      [{ agents: { a: { permission: [] } } }, () => undefined],
      /Unknown option/,
    ],
  ])('refuses %s', async (_what, given, message) => {
    const run: (...args: never[]) => Promise<unknown> = withEmulator
    await expect(run(...(given as never[]))).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(message),
    })
  })
})

describe('the answers of a test', () => {
  const outcomes = { approve: 'approved', deny: 'access_denied', expire: 'expired_token' } as const

  it.each(Object.entries(outcomes))(
    '%s the next question before it is asked',
    async (answer, outcome) => {
      await withEmulator(async (test) => {
        test.approvals.answer(answer as keyof typeof outcomes)
        expect(await poll(test, await ask(test))).toBe(outcome)
        expect(await poll(test, await ask(test))).toBe('authorization_pending')
      })
    },
  )

  it.each(Object.entries(outcomes))('%s the newest open question', async (answer, outcome) => {
    await withEmulator(async (test) => {
      const first = await ask(test)
      const second = await ask(test)
      test.approvals.answer(answer as keyof typeof outcomes)
      expect(await poll(test, second)).toBe(outcome)
      expect(await poll(test, first)).toBe('authorization_pending')
    })
  })

  it.each(Object.entries(outcomes))(
    '%s all questions, open and to come',
    async (answer, outcome) => {
      await withEmulator(async (test) => {
        const open = await ask(test)
        test.approvals.answer(answer as keyof typeof outcomes, { all: true })
        for (const id of [open, await ask(test), await ask(test)])
          expect(await poll(test, id)).toBe(outcome)
      })
    },
  )

  it('are refused when misspelt', async () => {
    await withEmulator(({ approvals }) => {
      expect(() => approvals.answer('approved' as never)).toThrow(
        /answer has an unknown value; did you mean "approve"/,
      )
      expect(() => approvals.answer('approve', { al: true } as never)).toThrow(/did you mean "all"/)
    })
  })
})

describe('the test clock', () => {
  it('ends a delegation when it is moved, and not before', async () => {
    await withEmulator({ ttlSeconds: 900 }, async ({ env, clock }) => {
      expect((await pull(env)).status).toBe(200)
      await clock.advance(899_000)
      expect((await pull(env)).status).toBe(200)
      await clock.advance(2_000)
      expect((await pull(env)).status).toBe(410)
    })
  })

  it('fires timers in order, once, and those that their work sets', async () => {
    const clock = createTestClock({ speed: 1 })
    const fired: string[] = []
    clock.setTimeout(() => fired.push('late'), 40_000)
    clock.setTimeout(() => {
      fired.push('first')
      clock.setTimeout(() => fired.push('second'), 10_000)
    }, 10_000)
    const cancel = clock.setTimeout(() => fired.push('cancelled'), 5_000)
    cancel()
    await clock.advance(30_000)
    expect(fired).toEqual(['first', 'second'])
    await clock.advance(10_001)
    expect(fired).toEqual(['first', 'second', 'late'])
  })

  it('ends short waits early, and both its clocks with them', async () => {
    const clock = createTestClock({ speed: 1_000 })
    const [before, startedAt] = [clock.monotonic(), performance.now()]
    const wallBefore = clock.now()
    for (let n = 0; n < 20; n++) {
      await new Promise((resolve) => clock.setTimeout(() => resolve(undefined), 2_000))
    }
    expect(clock.monotonic() - before).toBeGreaterThanOrEqual(40_000)
    expect(clock.now() - wallBefore).toBeGreaterThanOrEqual(39_999)
    expect(performance.now() - startedAt).toBeLessThan(20_000)
  })

  it('leaves deadlines their time', async () => {
    const clock = createTestClock({ speed: 1_000 })
    let isOver = false
    const cancel = clock.setTimeout(() => {
      isOver = true
    }, 10_000)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(isOver).toBe(false)
    cancel()
  })

  it('fires a timer that a move has made due, and keeps the rest of its time', async () => {
    const clock = createTestClock()
    const start = clock.monotonic()
    const fired = new Promise<number>((resolve) =>
      clock.setTimeout(() => resolve(clock.monotonic() - start), 3_600_000),
    )
    await clock.advance(3_599_950)
    expect(await fired).toBeGreaterThanOrEqual(3_599_998)
  })

  it.each([0, 1.5, 1_001, '10'])('refuses the speed %j', (speed) => {
    expect(() => createTestClock({ speed: speed as number })).toThrow(/speed must be/)
  })
})

class Held {
  readonly inner: unknown
  constructor(inner: unknown) {
    this.inner = inner
  }
}

describe('expectNoSecrets', () => {
  const disguises: readonly (readonly [string, (secret: string) => unknown])[] = [
    ['a text', (secret) => `before ${secret} after`],
    ['an object in a list', (secret) => ({ messages: [{ content: secret }] })],
    ['a key', (secret) => ({ [secret]: 1 })],
    ['the message of an error', (secret) => new Error(secret)],
    ['the cause of an error', (secret) => new Error('failed', { cause: { url: secret } })],
    ['an error in an AggregateError', (secret) => new AggregateError([new Error(secret)])],
    ['a Map', (secret) => new Map([['token', { secret }]])],
    ['a key of a Map', (secret) => new Map([[{ secret }, 1]])],
    ['a Set', (secret) => new Set([secret])],
    ['a class instance', (secret) => new Held({ deep: [secret] })],
    ['a hidden property', (secret) => Object.defineProperty({}, 'hidden', { value: secret })],
    ['a symbol property', (secret) => ({ [Symbol('key')]: secret })],
    [
      'a getter',
      (secret) => ({
        get token() {
          return secret
        },
      }),
    ],
    ['headers', (secret) => new Headers({ authorization: `Bearer ${secret}` })],
    ['a URL', (secret) => new URL(`https://api.example.com/?t=${encodeURIComponent(secret)}`)],
    ['bytes', (secret) => ({ body: Buffer.from(`x${secret}`) })],
    ['base64', (secret) => Buffer.from(`ab${secret}`).toString('base64')],
    ['base64url', (secret) => Buffer.from(secret).toString('base64url')],
    ['hexadecimal in capitals', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
    [
      'percent-encoding',
      (secret) => secret.replace(/./g, (c) => `%${c.charCodeAt(0).toString(16)}`),
    ],
    [
      'JSON escapes',
      (secret) => secret.replace(/./g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
    ],
    [
      'JSON in JSON in base64',
      (secret) => Buffer.from(JSON.stringify(JSON.stringify({ secret }))).toString('base64'),
    ],
    ['what toJSON gives', (secret) => ({ toJSON: () => ({ secret }) })],
    [
      'a ring',
      (secret) => {
        const ring: Record<string, unknown> = { secret }
        ring['self'] = ring
        return ring
      },
    ],
  ]

  it.each(disguises)('finds each kind of secret in %s', async (_what, hide) => {
    await withEmulator({ agents: { other: {} } }, async (test) => {
      const { env, agents, emulator, expectNoSecrets } = test
      const secrets = [
        `${env.AUTHSEC_AGENT_CLIENT_ID}`,
        `${agents.other.AUTHSEC_AGENT_CLIENT_ID}`,
        await tokenOf(env),
        await tokenOf(agents.other),
        await ask(test),
        await emulator.control.userToken(),
        emulator.cibaClientSecret,
      ]
      for (const secret of secrets) {
        const error = thrownBy(() => expectNoSecrets(hide(secret)))
        expect(error.message).toMatch(/^Expected no secrets, and found \d+:\n- .+, in /)
        expect(inspect(error, { depth: 9 })).not.toContain(secret)
      }
      expect(emulator.control.approvals()).toHaveLength(1)
    })
  })

  it('says which secret and where', async () => {
    await withEmulator(async ({ env, expectNoSecrets }) => {
      const transcript = { messages: [{ role: 'user' }, { content: env.AUTHSEC_AGENT_CLIENT_ID }] }
      expect(thrownBy(() => expectNoSecrets(transcript)).message).toBe(
        'Expected no secrets, and found 1:\n- the client ID of agent 1, in value.messages[1].content',
      )
    })
  })

  it('finds a client ID without hyphens and in capitals', async () => {
    await withEmulator(async ({ emulator: { clientId }, expectNoSecrets }) => {
      for (const form of [clientId.replaceAll('-', ''), clientId.toUpperCase()]) {
        expect(() => expectNoSecrets({ form })).toThrow(/the client ID/)
      }
    })
  })

  it('passes what has none, fingerprints and parts of a token among it', async () => {
    await withEmulator(async ({ env, emulator, expectNoSecrets }) => {
      const token = await tokenOf(env)
      await call(env, 'metrics')
      expectNoSecrets([
        emulator.requests,
        token.split('.')[0],
        'text',
        7,
        null,
        undefined,
        new Map(),
      ])
      expectNoSecrets(crypto.randomUUID())
    })
  })

  function thrownBy(run: () => void): Error {
    try {
      run()
    } catch (error) {
      if (error instanceof Error) return error
    }
    throw new Error('Nothing was found.')
  }
})

describe('the matchers', () => {
  it('say what was called and asked instead', async () => {
    await withEmulator(async (test) => {
      const { env, calls, approvals } = test
      await call(env, 'metrics')
      expect(() => expect(calls).toHaveCalled('GET', '/records')).toThrow(
        /Expected a call of GET \/records at least once, and it was made 0 times\. The calls:\n- GET \/metrics: 200/,
      )
      expect(() => expect(calls).not.toHaveCalled('GET', '/metrics')).toThrow(/Expected no call/)
      expect(() => expect(approvals).toHaveBeenApproved()).toThrow(/The questions: none\./)
      approvals.answer('approve')
      await poll(test, await ask(test, 'Refund 40 EUR?'))
      approvals.answer('deny')
      await ask(test, 'Delete the account?')
      expect(approvals).toHaveBeenApproved()
      expect(approvals).toHaveBeenApproved('Refund')
      expect(approvals).toHaveBeenDenied(/^Delete/)
      expect(approvals).not.toHaveBeenApproved(/Delete/)
      expect(() => expect(approvals).toHaveBeenApproved('Delete')).toThrow(
        /- "Refund 40 EUR\?" to approver@example\.com: consumed\n- "Delete the account\?" to .+: denied/,
      )
    })
  })

  it('find secrets of every emulator of the file', async () => {
    const ids: string[] = []
    await withEmulator(({ emulator }) => void ids.push(emulator.clientId))
    await withEmulator(({ emulator }) => void ids.push(emulator.clientId))
    expect({ text: 'nothing' }).toContainNoSecrets()
    for (const id of ids) {
      expect(() => expect({ log: [id] }).toContainNoSecrets()).toThrow(
        /client ID.*, in value\.log\[0\]/,
      )
    }
  })

  it('name the mistake of another subject', () => {
    for (const name of ['toHaveCalled', 'toHaveBeenApproved', 'toHaveBeenDenied'] as const) {
      const matcher: (received: unknown, ...args: never[]) => unknown = authsecMatchers[name]
      expect(() => matcher({}, ...(['GET', '/x'] as never[]))).toThrow(/with something other than/)
    }
  })
})

describe('the control', () => {
  it('lets actions and approvals expire, and answers by default as it was told last', async () => {
    await using emulator = await startEmulator({ approvals: 'approve', rateLimit: false })
    const { control }: Pick<EmulatorHandler, 'control'> = emulator
    expect(() => control.expireApproval()).toThrow(/No approval request is pending/)
    expect(() => control.setApprovals('approved' as never)).toThrow(/script has an unknown value/)
    control.setApprovals('manual')
    const asked = await fetch(`${emulator.baseUrl}/authsec/uflow/agent/actions/evaluate`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await control.userToken()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        action: 'DELETE',
        resource: 'orders',
        agent_id: 'billing',
        client_id: emulator.clientId,
        user_email: 'approver@example.com',
      }),
    })
    expect(await asked.json()).toMatchObject({ status: 'pending' })
    control.expireApproval()
    expect(control.approvals().map(({ status }) => status)).toEqual(['expired'])
  })
})
