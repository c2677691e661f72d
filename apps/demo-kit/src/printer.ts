import { stripVTControlCharacters } from 'node:util'

/** What a demo shows on screen: the story on standard output, log lines on standard error. */
export interface Printer {
  title(text: string): void
  fact(name: string, value: string): void
  step(text: string): void
  good(text: string): void
  bad(text: string): void
  block(text: string): void
}

export function createPrinter(
  write: (line: string) => void = (line) => void process.stdout.write(`${line}\n`),
  color: boolean = process.stdout.isTTY === true && process.stdout.hasColors(),
): Printer {
  const paint = (code: string, text: string): string =>
    color ? `\u001b[${code}m${text}\u001b[0m` : text
  return {
    title: (text) => write(`\n${paint('1', printable(text))}`),
    fact: (name, value) => write(`  ${paint('2', name.padEnd(12))} ${printable(value)}`),
    step: (text) => write(`${paint('36', '→')} ${printable(text)}`),
    good: (text) => write(`${paint('32', '✓')} ${printable(text)}`),
    bad: (text) => write(`${paint('31', '✗')} ${printable(text)}`),
    block: (text) => write(`\n${printable(text)}\n`),
  }
}

/** What an API or a model wrote may hold escape sequences that move the cursor or recolour the past. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
  return stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}
