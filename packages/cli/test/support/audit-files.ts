import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuthSecEvent } from '@authsec/core'
import { type AuditLog, type AuditLogOptions, createAuditLog } from '@authsec/core/audit'
import { createFakeClock, type FakeClock } from '@authsec-internal/test-kit'

/** 32 random bytes. */
export const KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString(
  'base64url',
)

/** A folder with logs, each written by a log of its own as processes do. */
export interface AuditFolder extends Disposable {
  readonly folder: string
  /** The option `file.path` of the logs. */
  readonly path: string
  readonly clock: FakeClock
  open(options?: Omit<AuditLogOptions, 'file' | 'write'>): AuditLog
  /** The paths of the files, oldest first. */
  files(): string[]
  /** Changes the lines of a file. */
  edit(file: string | undefined, change: (lines: string[]) => readonly string[]): void
}

export function auditFolder(name = 'audit.jsonl'): AuditFolder {
  const folder = mkdtempSync(join(tmpdir(), 'authsec-audit-'))
  const path = join(folder, name)
  const clock = createFakeClock()
  return {
    ...{ folder, path, clock },
    // Small files, so that a log of some records has several.
    open: (options) =>
      createAuditLog({
        clock,
        ...options,
        file: { path, fsync: 'never', maxBytes: 4_096, buffered: false },
      }),
    files: () =>
      readdirSync(folder)
        .sort()
        .map((file) => join(folder, file)),
    edit(file, change) {
      if (file === undefined) throw new Error('There is no such file.')
      const lines = readFileSync(file, 'utf8').split('\n')
      writeFileSync(file, change(lines).join('\n'))
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A call that was answered. */
export function completed(more: object = {}): AuthSecEvent {
  return {
    type: 'request.completed',
    time: new Date(Date.UTC(2026, 10, 23, 12)),
    client: 'cid_01234567',
    callId: 'call_0123456789abcdef',
    ...{ tool: 'get_record', toolCallId: 'toolu_1', run: 'run_1', user: 'jo@example.com' },
    ...{ resource: 'vault', method: 'GET', route: 'records/{id}', token: 'tok_89abcdef' },
    ...{ permission: ['vault:read'], attempts: 1, status: 200, durationMs: 12.34 },
    ...{ bytes: 10, redacted: false },
    ...more,
  }
}
