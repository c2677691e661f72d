/** Sends one request; `globalThis.fetch` fits. Must support `redirect: 'manual'` and `signal`. */
export type FetchLike = (input: string, init: RequestInit) => Promise<Response>

export interface JsonAnswer {
  readonly status: number
  /** What the server asked for in `Retry-After`, in seconds. */
  readonly retryAfterSeconds: number | undefined
  /** The parsed body of a 200; `undefined` with any other status. */
  readonly body: unknown
}

const MAX_BODY_BYTES = 65_536
const TIMEOUT_MS = 5_000

/**
 * One exchange of JSON: no redirect is followed, the body ends at 64 KiB and everything at 5 s.
 * Rejects when there is no answer or it cannot be read; what it rejects with is not for showing.
 */
export async function requestJson(
  fetch: FetchLike,
  url: string,
  init: RequestInit = {},
  timeoutMs: number = TIMEOUT_MS,
): Promise<JsonAnswer> {
  // The timer of this signal does not keep the process alive.
  const signal = AbortSignal.timeout(timeoutMs)
  const exchange = readAnswer(fetch, url, { ...init, redirect: 'manual', signal })
  return await Promise.race([exchange, rejectOnAbort(signal)])
}

async function readAnswer(fetch: FetchLike, url: string, init: RequestInit): Promise<JsonAnswer> {
  const response = await fetch(url, init)
  const { status } = response
  const asked = response.headers.get('retry-after') ?? ''
  const retryAfterSeconds = /^\d{1,6}$/.test(asked) ? Number(asked) : undefined
  if (status !== 200) {
    await response.body?.cancel()
    return { status, retryAfterSeconds, body: undefined }
  }
  const body: unknown = JSON.parse(await readText(response))
  return { status, retryAfterSeconds, body }
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let size = 0
  // Leaving the loop by a throw cancels the body.
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) throw new Error('The answer is longer than 64 KiB.')
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** Ends the wait even when the given fetch ignores its signal. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('The answer took too long.')), {
      once: true,
    })
  })
}
