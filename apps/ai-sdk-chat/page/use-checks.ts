import { useEffect } from 'react'
import type { ChatMessage } from '../src/chat-message.ts'
import { openCalls } from '../src/open-calls.ts'
import { approvalsIn } from './approvals-in.ts'

/** Looks for the answer of a person while a call waits, as often as AuthSec allows, and when the tab is seen again. */
export function useChecks(
  messages: readonly ChatMessage[],
  isPaused: boolean,
  check: () => Promise<void>,
): void {
  const open = openCalls(messages)
  const approvals = approvalsIn(messages)
  const seconds = open.map((id) => approvals.get(id)?.approval.intervalSeconds ?? 5)
  const intervalMs = open.length > 0 && !isPaused ? Math.max(1, ...seconds) * 1_000 : undefined
  useEffect(() => {
    if (intervalMs === undefined) return
    let timer = setTimeout(look, intervalMs)
    async function look(): Promise<void> {
      await check()
      timer = setTimeout(look, intervalMs)
    }
    const seen = (): void => {
      if (document.visibilityState === 'visible') void check()
    }
    document.addEventListener('visibilitychange', seen)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', seen)
    }
  }, [intervalMs, check])
}
