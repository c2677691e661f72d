export interface Row {
  readonly name: string
  readonly commands: number
  readonly skipped: readonly string[]
  readonly seconds: number
  readonly problems: number
}

/** What was followed, as a table: one line for each README or page, and for each block that was not pasted. */
export function table(rows: readonly Row[]): string {
  const width = Math.max(4, ...rows.map(({ name }) => name.length))
  const line = (name: string, commands: string, seconds: string, result: string): string =>
    `${name.padEnd(width)}  ${commands.padStart(8)}  ${seconds.padStart(7)}  ${result}`
  return [
    line('Page', 'Commands', 'Seconds', 'Result'),
    ...rows.flatMap(({ name, commands, skipped, seconds, problems }) => [
      line(name, String(commands), seconds.toFixed(1), resultOf(problems)),
      ...skipped.map((reason) => line('', '', '', `one block not run: ${reason}`)),
    ]),
  ].join('\n')
}

function resultOf(problems: number): string {
  if (problems === 0) return 'works'
  return problems === 1 ? '1 problem' : `${problems} problems`
}
