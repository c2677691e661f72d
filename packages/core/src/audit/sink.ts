/** Where lines go. A method that throws has written nothing. */
export interface Sink {
  /** Whether lines can be appended. A new log, and one whose file was given up, has to be opened. */
  readonly isOpen: boolean
  open(): void
  /** How many bytes may come before the next line has to go into a new file. With none left: close and open. */
  readonly room: number
  /** Appends all of it, one line or several with newlines between them. */
  append(lines: string): void
  /** Makes what was appended durable, as far as the options ask for it: at once, or with what it returns. */
  settle(): Promise<void> | undefined
  /** Resolves when all that was appended is as durable as it can be. */
  flush(): Promise<void>
  /** The last line was appended. */
  close(): void
}
