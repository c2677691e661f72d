import { stripVTControlCharacters } from 'node:util'

/** What a demo shows on screen: the story on standard output, log lines on standard error. */
export interface Printer {
  title(text: string): void
  fact(name: string, value: string): void
  step(text: string): void
  good(text: string): void
  bad(text: string): void
  block(text: string): void
  /** A text that comes in parts: shown as they come on a terminal, and as one block elsewhere. */
  stream(parts: AsyncIterable<string>): Promise<void>
}

/** Where the story goes. Default: standard output. */
export interface Screen {
  write(text: string): void
  readonly isTerminal: boolean
  readonly hasColors: boolean
}

const standardOutput: Screen = {
  write: (text) => void process.stdout.write(text),
  isTerminal: process.stdout.isTTY === true,
  hasColors: process.stdout.isTTY === true && process.stdout.hasColors(),
}

export function createPrinter(screen: Screen = standardOutput): Printer {
  const paint = (code: string, text: string): string =>
    screen.hasColors ? `\u001b[${code}m${text}\u001b[0m` : text
  const write = (line: string): void => screen.write(`${line}\n`)
  const block = (text: string): void => write(`\n${printable(text)}\n`)
  return {
    title: (text) => write(`\n${paint('1', printable(text))}`),
    fact: (name, value) => write(`  ${paint('2', name.padEnd(12))} ${printable(value)}`),
    step: (text) => write(`${paint('36', '→')} ${printable(text)}`),
    good: (text) => write(`${paint('32', '✓')} ${printable(text)}`),
    bad: (text) => write(`${paint('31', '✗')} ${printable(text)}`),
    block,
    async stream(parts) {
      const all: string[] = []
      for await (const part of parts) {
        if (screen.isTerminal) screen.write(`${all.length === 0 ? '\n' : ''}${printable(part)}`)
        all.push(part)
      }
      if (screen.isTerminal) write('\n')
      else block(all.join(''))
    },
  }
}

/** What an API or a model wrote may hold escape sequences that move the cursor or recolour the past. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
  return stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}
