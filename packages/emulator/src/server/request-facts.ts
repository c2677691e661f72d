/** What a route finds out about a request, for the log of requests. */
export interface RequestFacts {
  /** The client ID that the request named, or that of the verified token. */
  clientId?: string
  /** The permission that the operation of the vault needs. */
  permission?: string
  /** The message of the request for approval that the request made, asked about or decided. */
  bindingMessage?: string
}

/** The code that clients put at the end of a message for an approver, such as `[K7QD]`. */
export function approvalCodeOf(message: string): string | undefined {
  return /\[([A-Z0-9]{4,8}(?:-[A-Z0-9]{2,8})?)\]\s*$/.exec(message)?.[1]
}
