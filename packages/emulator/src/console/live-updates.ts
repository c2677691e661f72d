import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { RecordedRequest } from '../server/request-log.ts'
import { pause } from '../support/clock.ts'
import { waitingText } from './approval-cards.ts'
import type { CallRowSource, CallRows } from './call-rows.ts'
import { type ConsoleSource, viewOf } from './console-view.ts'
import { type Sections, sectionsOf } from './sections.ts'

/** A page gets one event in this time at most, however many calls there are. */
const INTERVAL_MS = 125
/** A page connects again by itself. */
const MAX_STREAM_MS = 600_000
const MAX_STREAMS = 32
const KEEP_ALIVE_MS = 15_000

/** What changed since the last event of a page. */
interface Update {
  readonly epoch: string
  /** The time of the emulator, in milliseconds since 1970. */
  readonly now: number
  readonly sections: Partial<Sections>
  readonly waiting?: string
  /** The newest first. */
  readonly calls?: string
}

interface LiveFacts {
  readonly csrf: string
  readonly epoch: string
  readonly callRows: CallRowSource
}

export interface LiveUpdates {
  /** The stream of server-sent events of one page. */
  respond(c: Context): Response
}

/** Looks at the emulator at intervals while a page is open, so that nothing else has to know of the pages. */
export function createLiveUpdates(
  source: ConsoleSource,
  { csrf, epoch, callRows }: LiveFacts,
): LiveUpdates {
  const { clock } = source
  let streams = 0

  /** Compares with what a page has seen, and remembers it. */
  function createWatcher(): () => Update | undefined {
    const seen = new Map<string, string>()
    let lastCall: RecordedRequest | undefined
    const isNew = ([name, text]: [string, string]): boolean => seen.get(name) !== text
    return () => {
      const view = viewOf(source)
      const sections = Object.entries(sectionsOf(view, csrf)).filter(isNew)
      const waiting = waitingText(view)
      const calls: CallRows = callRows.after(lastCall)
      if (sections.length === 0 && calls.rows === '' && seen.size > 0) return undefined
      for (const [name, text] of sections) seen.set(name, text)
      lastCall = calls.last
      return {
        ...{ epoch, now: clock.now(), sections: Object.fromEntries(sections), waiting },
        ...(calls.rows !== '' && { calls: calls.rows }),
      }
    }
  }

  async function send(stream: SSEStreamingApi, signal: AbortSignal): Promise<void> {
    const update = createWatcher()
    const startedAt = clock.monotonic()
    let sentAt = startedAt
    while (!signal.aborted && clock.monotonic() - startedAt < MAX_STREAM_MS) {
      const data = update()
      const isQuiet = data === undefined && clock.monotonic() - sentAt < KEEP_ALIVE_MS
      // A page that reads slowly gets fewer events: each write waits until the page has read the last one.
      if (data) await stream.writeSSE({ event: 'update', data: JSON.stringify(data) })
      else if (!isQuiet) await stream.write(':\n\n')
      if (!isQuiet) sentAt = clock.monotonic()
      await pause(clock, INTERVAL_MS, signal, { keepAlive: false }).catch(() => undefined)
    }
  }

  return {
    respond(c) {
      if (streams >= MAX_STREAMS) return c.text('Too many pages are open. Close one.', 503)
      streams += 1
      const gone = new AbortController()
      const signal = AbortSignal.any([c.req.raw.signal, gone.signal])
      return streamSSE(c, async (stream) => {
        stream.onAbort(() => gone.abort())
        try {
          await send(stream, signal)
        } finally {
          streams -= 1
        }
      })
    },
  }
}
