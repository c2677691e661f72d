/** What one code of an error or of a failed outcome stands for, in plain sentences without values. */
export interface ErrorCodeEntry {
  /** What happened. */
  readonly meaning: string
  /** Why it happens. */
  readonly cause: string
  /** What to do about it. Where an error has one fixed hint, this is the hint. */
  readonly fix: string
}

/** The entry of a code with one message and one hint. The status of an answer is left out of the sentence. */
export function entryOf(
  [message, fix]: readonly [message: string, hint: string, ...unknown[]],
  cause: string,
): ErrorCodeEntry {
  return { meaning: message.replace(' (HTTP {status})', ''), cause, fix }
}
