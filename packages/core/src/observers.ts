import type { AuthSecEvent, CallStart, OnEvent } from './events.ts'

/**
 * Creates one `onEvent` function of several: an audit log, a logger, the console reporter. Each receives every
 * event, also when another one throws. An observer that is asked before a call is sent, such as a required
 * audit log, is still asked: a function that only calls the others would leave that out.
 *
 * @param observers - `undefined` is left out.
 *
 * @example
 * ```ts
 * import { combineObservers, createAuthSecClientFromEnv, createConsoleReporter } from '@authsec/core'
 * import { createAuditLog } from '@authsec/core/audit'
 *
 * const audit = createAuditLog({ file: { path: '/var/log/my-agent/audit.jsonl' }, required: true })
 * export const client = createAuthSecClientFromEnv(process.env, {
 *   onEvent: combineObservers(audit, createConsoleReporter({ level: 'warn' })),
 * })
 * ```
 */
export function combineObservers(...observers: readonly (OnEvent | undefined)[]): OnEvent {
  const all = observers.filter((observer) => observer !== undefined)
  const onEvent = (event: AuthSecEvent): void => {
    for (const observer of all) tell(observer, event)
  }
  const asked = all.filter(({ beforeSend }) => beforeSend !== undefined)
  if (asked.length === 0) return onEvent
  const beforeSend = async (call: CallStart, signal?: AbortSignal): Promise<void> => {
    for (const observer of asked) await observer.beforeSend?.(call, signal)
  }
  return Object.assign(onEvent, { beforeSend })
}

function tell(observer: OnEvent, event: AuthSecEvent): void {
  try {
    observer(event)
  } catch {
    // As in a client: a broken observer must not keep the others from the event.
  }
}
