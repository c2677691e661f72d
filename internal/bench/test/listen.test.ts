import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { listen } from '../src/world/listen.ts'

describe('a server of the bench', () => {
  it('keeps the connections of subjects that wait for their turn', async () => {
    const server = createServer((_request, response) => void response.end('ok'))
    const response = await fetch(await listen(server))
    // Node.js closes an idle connection after 5 s, as the next round may begin.
    expect(response.headers.get('keep-alive')).toBe('timeout=3600')
    expect(await response.text()).toBe('ok')
    server.closeAllConnections()
    server.close()
  })
})
