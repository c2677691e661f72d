import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuthSecClient } from '@authsec/core'
import type { Instrumentation } from '@authsec/core/adapter'
import { createAuditLog } from '@authsec/core/audit'
import { authsecTelemetry } from '@authsec/otel'
import { compare, difference, type Figure, figure, median } from '../measuring/figures.ts'
import { inFlight, type Measurement, measure, type Subject } from '../measuring/measure.ts'
import type { Scenario } from '../scenario.ts'
import type { Api } from '../world/api-process.ts'
import { startChild } from '../world/child.ts'
import { socketlessOptions, unlimitedClient } from '../world/clients.ts'

const WIDTH = 16
const SMALL = 'words/1024'
const LARGE = 'words/65536'

/** What it costs to be told of each call. */
export const observers: Scenario = {
  name: 'observers',
  method:
    'GET of 1 KiB of JSON over HTTP, 16 in flight, by clients of this checkout: one that nobody observes, one with events and an audit log in a file (`hashChain`, `fsync: "batch"`; also of 64 KiB, and one call at a time), one with events and an audit log with a key, one with an instrumentation that does nothing, and what `@authsec/otel` adds while there is no SDK of OpenTelemetry: the difference of two clients without sockets, as a part of a call over HTTP, which differs by more than that from run to run.',
  async run({ checkouts: [checkout], pace }) {
    if (!checkout) return []
    await using api = await startChild<Api>('./api-process.ts')
    const { apiUrl, baseUrl, clientId } = api.ready
    const folder = mkdtempSync(join(tmpdir(), 'authsec-bench-'))
    const audit = createAuditLog({ file: { path: join(folder, 'audit.jsonl') } })
    const keyed = createAuditLog({
      file: { path: join(folder, 'keyed.jsonl') },
      hashChain: { key: randomBytes(32) },
    })
    const resources = [{ name: 'api', baseUrl: apiUrl }]
    const options = { baseUrl, clientId, resources }
    const client = (more: object): AuthSecClient =>
      unlimitedClient(checkout.core, { ...options, ...more })
    const clients = [
      client({}),
      client({ onEvent: audit }),
      client({ instrumentation }),
      client({ onEvent: keyed }),
    ] as const
    const withoutSockets = socketlessOptions(JSON.stringify({ words: 'x'.repeat(1_012) }))
    const alone = unlimitedClient(checkout.core, withoutSockets)
    const telemetry = unlimitedClient(checkout.core, { ...withoutSockets, ...authsecTelemetry() })
    const [none, ...observed] = await measure(
      [
        calling('none', clients[0]),
        calling('events and audit log', clients[1]),
        calling('instrumentation', clients[2]),
        calling('events and audit log with a key', clients[3]),
        calling('without sockets: none', alone),
        calling('without sockets: OpenTelemetry, no SDK', telemetry),
      ],
      pace,
    )
    const pairs = [
      await measure(
        [
          calling('one at a time: none', clients[0], { width: 1 }),
          calling('one at a time: events and audit log', clients[1], { width: 1 }),
        ],
        pace,
      ),
      await measure(
        [
          calling('64 KiB: none', clients[0], { path: LARGE }),
          calling('64 KiB: events and audit log', clients[1], { path: LARGE }),
        ],
        pace,
      ),
    ] as const
    for (const each of [...clients, alone, telemetry]) await each.close()
    await audit.close()
    await keyed.close()
    rmSync(folder, { recursive: true })
    const [withLog, withSteps, withKey, ...socketless] = observed
    const [[singleNone, singleLog], [largeNone, largeLog]] = pairs
    const figures = [
      ...compare({ baseline: none, ours: [withLog], of: '1 KiB', goal: 'audit log / none' }),
      ...compare({ baseline: none, ours: [withKey], of: '1 KiB' }),
      ...compare({ baseline: singleNone, ours: [singleLog], of: '1 KiB, one at a time' }),
      ...compare({ baseline: largeNone, ours: [largeLog], of: '64 KiB' }),
      ...compare({ baseline: none, ours: [withSteps], of: '1 KiB' }),
      ...telemetryFigure(none, socketless),
    ]
    return [
      {
        title: 'Observers of a call',
        figures,
        measured: [none, ...observed, ...pairs.flat()].flatMap((one) => one ?? []),
      },
    ]
  },
}

function telemetryFigure(
  call: Measurement | undefined,
  [none, telemetry]: readonly (Measurement | undefined)[],
): readonly Figure[] {
  if (!call || !none || !telemetry) return []
  const added = difference(telemetry, none, 'cpuUs') / median(call.cpuUs)
  const name = 'OpenTelemetry without an SDK / none, 1 KiB, CPU'
  return [figure(name, 1 + added, '×', 'telemetry without an SDK / none')]
}

/** It runs each step and looks at nothing. */
const instrumentation: Instrumentation = {
  token: (_step, work) => work(),
  call: (_step, work) => work(),
  approval: (_step, work) => work(),
  send: (_step, work) => work(),
}

function calling(
  name: string,
  client: AuthSecClient,
  { width = WIDTH, path = SMALL } = {},
): Subject {
  return { name, least: width, run: inFlight(width, () => client.secureFetch({ endpoint: path })) }
}
