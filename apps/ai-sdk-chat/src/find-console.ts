const LOOPBACK = /^(?:localhost|127\.0\.0\.1)$/
const MAX_WAIT_MS = 5_000

/** The console of an emulator on this computer. A real server has none: its approvers have a device. */
export async function findConsole(baseUrl: string | undefined): Promise<string | undefined> {
  if (baseUrl === undefined || !URL.canParse(baseUrl)) return undefined
  const url = new URL('/', baseUrl)
  if (!LOOPBACK.test(url.hostname)) return undefined
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(MAX_WAIT_MS), redirect: 'error' })
    const page = await answer.text()
    return answer.ok && page.includes('<title>AuthSec emulator</title>') ? url.href : undefined
  } catch {
    // The client will say what is wrong with the server.
    return undefined
  }
}
