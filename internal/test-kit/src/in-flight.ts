/** Requests to emulators without a socket that have no answer yet. */
const unanswered = new Set<Promise<void>>()

/** Longest real wait for an answer. One that takes longer waits for the fake clock, and is not waited for again. */
const PATIENCE_MS = 100

/** Keeps an eye on an answer: what makes it, such as a signature, may run beside the event loop. */
export function inFlight<T>(answer: Promise<T>): Promise<T> {
  const forget = (): void => void unanswered.delete(settled)
  const settled: Promise<void> = answer.then(forget, forget)
  unanswered.add(settled)
  return answer
}

/** Waits for the answers that are on their way. */
export async function answersInFlight(): Promise<void> {
  if (unanswered.size === 0) return
  const waiting = [...unanswered]
  const patience = Promise.withResolvers<void>()
  const timer = setTimeout(patience.resolve, PATIENCE_MS)
  await Promise.race([Promise.all(waiting), patience.promise])
  clearTimeout(timer)
  for (const answer of waiting) unanswered.delete(answer)
}
