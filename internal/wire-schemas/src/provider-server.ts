import { startServer } from '@authsec-internal/test-kit'

/** What a framework sent to a model provider. */
export interface Sent {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * Runs a model call against a loopback server that stands for the provider, and returns the request. The
 * server answers 400, which no framework sends again; the call's own error is therefore expected.
 */
export async function sentBy(call: (baseUrl: string) => Promise<unknown>): Promise<Sent> {
  const sent: Sent[] = []
  await using provider = await startServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    sent.push({ path: request.url ?? '', body: JSON.parse(text) })
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{}}')
  })
  const error: unknown = await call(provider.baseUrl).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  const [first, ...more] = sent
  if (!first) throw new Error('The framework sent nothing to the provider.', { cause: error })
  if (more.length > 0) throw new Error('The framework sent more than one request.')
  return first
}
