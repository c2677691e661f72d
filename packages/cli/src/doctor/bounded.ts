import type { Findings } from './report.ts'

interface End {
  readonly findings: Findings
  readonly timeoutMs: number
}

/** One check, with an end: whatever it waits for, or however it fails, the doctor goes on. */
export async function bounded(
  name: string,
  { findings, timeoutMs }: End,
  check: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const end = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      findings.add('check_timed_out', { seen: `It is the check of the ${name}` })
      end.abort()
      resolve()
    }, timeoutMs)
  })
  const work = check(end.signal).catch((error: unknown) => {
    if (end.signal.aborted) return
    // The text of a foreign error may hold a secret.
    const kind = error instanceof Error ? error.name : 'error'
    findings.add('check_failed', { seen: `The check of the ${name} ended with ${kind}` })
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
