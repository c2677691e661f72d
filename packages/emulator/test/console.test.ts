import { describe, expect, test } from 'vitest'
import { ConfigError } from '../src/index.ts'
import { openConsole, watchConsole } from './console-page.ts'
import { clockAt, json } from './test-server.ts'

const OTHER = 'aaaaaaaa-0000-4000-8000-00000000000b'

describe('the forms of the console', () => {
  test('delegate to the agent that the form names, revoke, and expire', async () => {
    await using console = await openConsole({ agents: [{ clientId: OTHER }] })
    const { control } = console.emulator
    const states = () => control.agents().map(({ delegation }) => delegation?.status)
    const fields = { agent: '2', permissions: ' a:read, b:write ,,c x', seconds: ' 60 ' }
    expect(await (await console.send('delegate', fields)).text()).toBe('Delegated again.')
    expect(control.agents()[1]?.delegation?.permissions).toEqual(['a:read', 'b:write', 'c x'])
    expect(control.agents()[0]?.delegation?.permissions).toEqual(['metrics:read', 'records:read'])
    await console.send('revoke', { agent: '2' })
    expect(states()).toEqual(['active', 'revoked'])
    await console.send('expire', { agent: '1' })
    expect(states()).toEqual(['expired', 'revoked'])
    expect(await console.page()).toContain('>expired</span>')
  })

  test.each([
    ['delegate', { agent: '1', seconds: '0' }],
    ['delegate', { agent: '1', seconds: '1e99' }],
    ['delegate', { agent: '1', seconds: 'x' }],
    ['delegate', { agent: '9' }],
    ['revoke', {}],
    ['revoke', { agent: '01' }],
    ['expire', { agent: '-1' }],
    ['expire', { agent: '__proto__' }],
    ['decide', { approval: '1', decision: 'approve' }],
    ['fail', { fault: 'constructor', times: '1' }],
    ['fail', { fault: 'html', times: 'toString' }],
    ['fail', { fault: 'HTML page', times: '1', path: 'records' }],
  ])('answer %s with %j with a sentence and change nothing', async (change, fields) => {
    await using console = await openConsole()
    const before = JSON.stringify(console.emulator.control.agents())
    const answer = await console.send(change, fields)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toMatch(/^[A-Za-z].+\. .+\.$/)
    expect(JSON.stringify(console.emulator.control.agents())).toBe(before)
    expect(console.emulator.control.faults()).toEqual([])
  })

  test('an unknown change is 404', async () => {
    await using console = await openConsole()
    for (const change of ['nothing', 'constructor', '__proto__', 'toString']) {
      expect((await console.send(change)).status).toBe(404)
    }
  })

  test('turn faults on, for a path too, and off', async () => {
    await using console = await openConsole()
    const fields = { fault: 'status 503', times: 'always', path: '/secure-vault/metrics' }
    await console.send('fail', fields)
    expect((await fetch(`${console.emulator.vaultUrl}metrics`)).status).toBe(503)
    expect(await console.page()).toContain('status 503, every request, /secure-vault/metrics')
    await console.send('clear-faults')
    expect((await fetch(`${console.emulator.vaultUrl}metrics`)).status).toBe(401)
  })

  test('work without the script: they lead back to the page, or to what went wrong', async () => {
    await using console = await openConsole()
    const done = await console.send('revoke', { agent: '1' }, { accept: 'text/html' })
    expect([done.status, done.headers.get('location')]).toEqual([303, '/'])
    const failed = await console.send('revoke', { agent: '7' }, { accept: 'text/html' })
    expect([failed.status, await failed.text()]).toEqual([400, expect.stringContaining('Reload')])
  })
})

describe('approvals', () => {
  test.each([
    ['approve', 'Approved.', 'approved'],
    ['deny', 'Denied.', 'denied'],
  ] as const)(
    '%s: the one that the form names is decided, once',
    async (decision, said, status) => {
      await using console = await openConsole()
      for (const code of ['AAAA', 'BBBB', 'CCCC']) await console.ask(`Pay [${code}]`)
      expect(await console.page()).toContain('3 requests wait for a decision.')
      const form = { approval: '2', decision }
      expect(await (await console.send('decide', form)).text()).toBe(said)
      const states = console.emulator.control.approvals().map((one) => one.status)
      expect(states).toEqual(['pending', status, 'pending'])
      const again = await console.send('decide', { approval: '2', decision: 'deny' })
      expect([again.status, await again.text()]).toEqual([400, expect.stringContaining(status)])
      expect(console.emulator.control.approvals()[1]?.status).toBe(status)
    },
  )

  test('an expired one shows as such and cannot be decided', async () => {
    let now = Date.UTC(2026, 10, 27, 12)
    await using console = await openConsole({ clock: clockAt(() => now) })
    await console.ask('Pay [AAAA]')
    now += 300_000
    const page = await console.page()
    expect(page).toContain('>expired</span>')
    expect(page).not.toContain('value="approve"')
    const answer = await console.send('decide', { approval: '1', decision: 'approve' })
    expect(answer.status).toBe(400)
  })

  test('an action of a high risk needs two approvals, and the page says so', async () => {
    await using console = await openConsole()
    const session = await console.emulator.control.userToken()
    console.emulator.control.setRiskScore(90)
    const action = {
      action: 'DELETE',
      resource: 'orders',
      agent_id: 'billing',
      detail: 'Drop [K7QD]',
    }
    const body = { ...action, client_id: OTHER, user_email: 'approver@example.com' }
    const url = `${console.origin}/authsec/uflow/agent/actions/evaluate`
    await fetch(url, json(body, { authorization: `Bearer ${session}` }))
    const page = await console.page()
    expect(page).toContain('risk 90 of 100')
    expect(page).toContain('<code>K7QD</code>')
    const press = async () =>
      (await console.send('decide', { approval: '1', decision: 'approve' })).text()
    expect(await press()).toContain('needs one more')
    expect(await press()).toBe('Approved.')
    expect(console.emulator.requests.at(-1)?.approvalCode).toBe('K7QD')
  })
})

/** Texts that must be text. */
const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  `' onclick='alert(1)`,
  '</p><form action=//evil.test>',
  '&lt;b&gt;',
  '<%= 7*7 %>{{7*7}}',
  '\u202egnp.exe\u2066 \u200b\u0007\u001b[31m',
]

describe('what others sent', () => {
  test.each(hostile)('%j is text on the page and in its events', async (text) => {
    await using console = await openConsole({
      agents: [{ clientId: OTHER, agentType: text, permissions: [text], audience: [text] }],
    })
    await console.ask(text)
    await fetch(`${console.emulator.vaultUrl}${encodeURI(text)}`)
    console.emulator.control.failNext({ kind: 'html' }, { path: '/<b>"\u202e' })
    using live = await watchConsole(console.origin)
    await expect.poll(() => live.updates.length).toBeGreaterThan(0)
    const [update] = live.updates
    const parts = [...Object.values(update?.sections ?? {}), update?.calls ?? '']
    for (const shown of [await console.page(), ...parts]) {
      // A quotation mark in a text is escaped, so these are the values of attributes.
      const tags = shown.replaceAll(/"[^"]*"/g, '""')
      expect(tags).not.toMatch(/<(?:script(?! src="")|img|b)\b|evil\.test>|<[^>]* on\w+=/)
      expect(/[^\P{C}\n]/u.exec(shown)).toBeNull()
    }
    expect(parts.join('').length).toBeGreaterThan(500)
  })

  test('characters that turn or hide text are shown by their numbers', async () => {
    await using console = await openConsole()
    await console.ask('Pay \u202eecnereffid\u2069 100\u00ad0')
    expect(await console.page()).toContain('Pay [U+202E]ecnereffid[U+2069] 100[U+00AD]0')
  })
})

describe('secrets', () => {
  test('no token, ID of a request or client ID is on the page, in its events or in an address', async () => {
    await using console = await openConsole({
      agents: [{ clientId: OTHER }],
      notificationUrl: 'http://127.0.0.1:9/',
    })
    const { emulator, origin } = console
    const { clientId, control } = emulator
    const tokenPath = '/authsec/uflow/sdk/delegation-token'
    const pull = await fetch(`${origin}${tokenPath}?client_id=${clientId}`)
    const { token } = (await pull.json()) as { token: string }
    const authorization = `Bearer ${token}`
    await fetch(`${emulator.vaultUrl}records`, { headers: { authorization } })
    const id = await console.ask(`Pay for ${clientId.toUpperCase()} [AAAA]`)
    await console.ask(`Again ${id} ${OTHER.replaceAll('-', '')}`)
    const session = await control.userToken()
    const action = { action: 'x', resource: session, agent_id: 'a', detail: `With ${token}` }
    const body = { ...action, client_id: OTHER, user_email: 'approver@example.com' }
    const url = `${origin}/authsec/uflow/agent/actions/evaluate`
    await fetch(url, json(body, { authorization: `Bearer ${session}` }))
    await console.ask(`Once ${encodeURIComponent(id)}`)
    const poll = json({ auth_req_id: id })
    await fetch(`${origin}/authsec/uflow/auth/ciba/token`, poll)
    for (const secret of [token, id, clientId, OTHER.toUpperCase(), clientId.replaceAll('-', '')]) {
      await fetch(`${origin}/x/${secret}/y?z=${secret}`)
      await fetch(`${emulator.vaultUrl}records/a${encodeURIComponent(secret)}`)
      await fetch(
        `${origin}/x/${[...secret].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')}`,
      )
    }
    using live = await watchConsole(origin)
    await expect.poll(() => live.updates.length).toBeGreaterThan(0)
    const shown = (await console.page()) + live.text()
    expect(shown).toContain('‹client ID›')
    expect(shown).toContain('‹token›')
    expect(shown).toContain('‹request ID›')
    const plain = decodeURIComponent(shown.replaceAll(/%(?![0-9a-f]{2})/gi, '')).toLowerCase()
    const ids = control.approvals().map(({ authReqId }) => authReqId.replace(/=$/, ''))
    const tokens = control.issuedSecrets.map((secret) => secret.split('.')[2] ?? secret)
    const clients = [clientId, OTHER].flatMap((one) => [one, one.replaceAll('-', '')])
    for (const secret of [...ids, ...tokens, ...clients, emulator.cibaClientId]) {
      expect(plain.includes(secret.toLowerCase()), 'the page shows a secret').toBe(false)
    }
  })
})

describe('the live events', () => {
  test('show a request for approval, its decision, a call and a delegation without a reload', async () => {
    await using console = await openConsole()
    const { control, clientId, vaultUrl } = console.emulator
    using live = await watchConsole(console.origin)
    const seen = (name: string) =>
      live.updates.findLast((one) => name in one.sections)?.sections[name]
    await expect.poll(() => live.updates.length).toBe(1)
    await console.ask('Pay 20 [AAAA]')
    await expect.poll(() => seen('approvals')).toContain('Pay 20 [AAAA]')
    expect(live.updates.at(-1)?.waiting).toBe('1 request waits for a decision.')
    control.approve()
    await expect.poll(() => seen('approvals')).toContain('>approved</span>')
    const url = `${console.origin}/authsec/uflow/sdk/delegation-token?client_id=${clientId}`
    const { token } = (await (await fetch(url)).json()) as { token: string }
    await fetch(`${vaultUrl}records`, { headers: { authorization: `Bearer ${token}` } })
    const calls = () => live.updates.map((one) => one.calls ?? '').join('')
    await expect.poll(calls).toContain('GET /secure-vault/records')
    expect(calls()).toMatch(/cid_[0-9a-f]{8}<\/td>[\s\S]*records:read<\/td>/)
    control.revoke()
    await expect.poll(() => seen('agents')).toContain('>revoked</span>')
  })

  test('send nothing while nothing changes', async () => {
    await using console = await openConsole()
    await console.ask('Pay')
    using live = await watchConsole(console.origin)
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(live.updates).toHaveLength(1)
  })

  test('are refused when too many pages are open, and free their place when a page closes', async () => {
    await using console = await openConsole()
    const pages = await Promise.all(Array.from({ length: 32 }, () => watchConsole(console.origin)))
    await expect(watchConsole(console.origin)).rejects.toThrow('503')
    for (const page of pages) page[Symbol.dispose]()
    await expect
      .poll(async () => {
        const again = await watchConsole(console.origin).catch(() => undefined)
        again?.[Symbol.dispose]()
        return again !== undefined
      })
      .toBe(true)
  })

  test('do not keep the emulator from closing', async () => {
    const { emulator, origin } = await openConsole()
    await watchConsole(origin)
    const started = performance.now()
    await emulator.close()
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

test('the control lists faults and agents, and a mistake is still a ConfigError', async () => {
  await using console = await openConsole({ agents: [{ clientId: OTHER, delegated: false }] })
  const { control } = console.emulator
  control.failNext({ kind: 'html' }, { times: 2, path: /x/ })
  control.failNext({ kind: 'expired_token' })
  expect(control.faults()).toEqual([
    { fault: { kind: 'html' }, times: 2, path: /x/ },
    { fault: { kind: 'expired_token' }, times: 1, path: '/authsec/uflow/sdk/delegation-token' },
  ])
  expect(control.agents()[1]).toEqual({
    ...{ clientId: OTHER, agentType: 'langchain' },
    tenantId: console.emulator.tenantId,
  })
  expect(() => control.revoke('x')).toThrow(ConfigError)
})
