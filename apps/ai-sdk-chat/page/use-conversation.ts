import { useChat } from '@ai-sdk/react'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { ChatMessage, ConversationView } from '../src/chat-message.ts'
import { checkAnswers, loadConversation, startAnew, transport, WATCH, wordsOf } from './server.ts'
import { useChecks } from './use-checks.ts'
import { useVersion } from './use-version.ts'

export interface OpenConversation {
  readonly messages: readonly ChatMessage[]
  /** What the server said of itself; undefined until then. */
  readonly server: Pick<ConversationView, 'consoleUrl' | 'mode'> | undefined
  readonly isBusy: boolean
  /** What went wrong, in a sentence. */
  readonly problem: string | undefined
  /** Resolves to false when it was not answered, so that the text can be sent again. */
  send(text: string): Promise<boolean>
  check(): Promise<void>
  startAnew(): Promise<void>
}

/** The conversation as the server has it, in every tab that shows it. */
export function useConversation(): OpenConversation {
  const [server, setServer] = useState<ConversationView>()
  const [failure, setFailure] = useState<string>()
  const [disconnected, setDisconnected] = useState<string>()
  const hasFailed = useRef(false)
  const chat = useChat<ChatMessage>({
    transport,
    onError: (error) => {
      hasFailed.current = true
      setFailure(wordsOf(error))
    },
  })
  const { messages, status, setMessages, sendMessage } = chat
  const { version, isLost } = useVersion()
  const isBusy = status === 'submitted' || status === 'streaming'

  const attempt = useCallback(async (run: () => Promise<unknown>): Promise<void> => {
    try {
      await run()
      setDisconnected(undefined)
    } catch (error) {
      setDisconnected(wordsOf(error instanceof Error ? error : new Error('')))
    }
  }, [])

  // Another tab, or an answer that goes on without this page: the server knows.
  useEffect(() => {
    if (isBusy || version === undefined || version === server?.version) return
    let isCurrent = true
    void attempt(async () => {
      const view = await loadConversation()
      if (!isCurrent) return
      setServer(view)
      setMessages([...view.messages])
      if (view.isRunning) await sendMessage(undefined, WATCH)
    })
    return () => {
      isCurrent = false
    }
  }, [isBusy, version, server?.version, attempt, setMessages, sendMessage])

  const check = useCallback(() => attempt(checkAnswers), [attempt])
  useChecks(messages, isBusy || isLost, check)

  async function send(text: string): Promise<boolean> {
    if (isBusy) return false
    hasFailed.current = false
    setFailure(undefined)
    await sendMessage({ text })
    if (!hasFailed.current) return true
    const view = await loadConversation().catch(() => undefined)
    if (view) setMessages([...view.messages])
    return false
  }

  return {
    ...{ messages, isBusy, send, check },
    server: server && { consoleUrl: server.consoleUrl, mode: server.mode },
    problem: isLost ? 'The connection is lost. Reload the page.' : (disconnected ?? failure),
    startAnew: () => attempt(startAnew),
  }
}
