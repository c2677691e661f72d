import type { UIMessage } from 'ai'

/** A message as the server keeps it and the page shows it. */
export type ChatMessage = UIMessage<never, { authsec: ShownApproval }>

/**
 * What a part `data-authsec` of `@authsec/ai-sdk` holds here: the view of an approval, and no seal. Written down
 * once more, because the page is compiled for browsers and imports nothing of the server.
 */
export interface ShownApproval {
  readonly toolCallId: string
  readonly approval: {
    /** Also at the end of the message on the device. */
    readonly code: string
    readonly message: string
    /** Redacted. */
    readonly approver: string
    /** RFC 3339. */
    readonly expiresAt: string
    readonly status: string
    /** Minimum wait before the next look, in seconds. */
    readonly intervalSeconds: number
  }
  /** What the call came to, when the user had gone on meanwhile. */
  readonly result?:
    | { readonly status: 'output'; readonly output: unknown }
    | { readonly status: 'error'; readonly errorText: string }
    | undefined
}

/** What the page gets of a conversation. */
export interface ConversationView {
  readonly messages: readonly ChatMessage[]
  /** Counts the changes: another number means that there is something new to show. */
  readonly version: number
  /** Whether the agent is at work. Its stream can be watched. */
  readonly isRunning: boolean
  /** The page where a person decides, or null when it is the approver's device. */
  readonly consoleUrl: string | null
  readonly mode: 'live' | 'mock'
}

/** What a look at AuthSec's answers came to. */
export interface CheckAnswer {
  readonly status: 'nothing_waits' | 'pending' | 'answered' | 'busy'
}
