import type { AuthSecEvent } from '../../src/events.ts'

/** A call that was answered. */
export function completed(callId = 'call_0123456789abcdef'): AuthSecEvent {
  return {
    type: 'request.completed',
    time: new Date(Date.UTC(2026, 10, 23, 12)),
    client: 'cid_01234567',
    callId,
    ...{ tool: 'get_record', toolCallId: 'toolu_1', run: 'run_1', user: 'user@example.com' },
    ...{ resource: 'vault', method: 'GET', route: 'records/{id}', token: 'tok_89abcdef' },
    ...{ permission: ['vault:read'], attempts: 1, status: 200, durationMs: 12.34 },
    ...{ bytes: 10, redacted: false },
  }
}
