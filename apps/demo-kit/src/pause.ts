import { createInterface } from 'node:readline'

/** Waits for a line on standard input, or its end. */
export async function waitForEnter(): Promise<void> {
  const lines = createInterface({ input: process.stdin })
  for await (const _line of lines) break
  lines.close()
}
