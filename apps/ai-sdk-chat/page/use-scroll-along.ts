import { useEffect, useRef } from 'react'
import type { ChatMessage } from '../src/chat-message.ts'

/** Counts as the end of the page. */
const NEAR = 80

/** Follows what is written, unless the reader has scrolled up. What the user sends is always shown. */
export function useScrollAlong(messages: readonly ChatMessage[]): void {
  const isAtEnd = useRef(true)
  useEffect(() => {
    const note = (): void => {
      const { scrollHeight, scrollTop, clientHeight } = document.documentElement
      isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR
    }
    window.addEventListener('scroll', note, { passive: true })
    return () => window.removeEventListener('scroll', note)
  }, [])
  useEffect(() => {
    if (!isAtEnd.current && messages.at(-1)?.role !== 'user') return
    isAtEnd.current = true
    window.scrollTo({ top: document.documentElement.scrollHeight })
  }, [messages])
}
