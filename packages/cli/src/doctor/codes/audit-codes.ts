import type { Rows } from './row.ts'

/** The audit log. */
export const auditCodes = {
  audit_missing: [
    'error',
    'There is no file of the audit log.',
    'No agent has written one yet, or it writes to another place than --audit names.',
    'Pass the audit log to the client (option `onEvent`), and name its `file.path` with --audit.',
  ],
  audit_unwritable: [
    'error',
    'The audit log cannot be written, or not be read, by this user.',
    'The folder belongs to another user or is no folder, or every user may write it, which the log refuses.',
    'Give the user of the agent its own folder (mode 700), and run the doctor as this user.',
  ],
  audit_broken: [
    'error',
    'The newest file of the audit log is not as it was written.',
    'Something altered or cut it, such as an editor or logrotate, or its process ended in the middle of a line.',
    'Keep the file, and run `authsec audit verify`. Let nothing but the agent write to the folder.',
  ],
  audit_stale: [
    'warning',
    'The audit log has no record of the last 24 hours.',
    'No agent ran, or it writes to another place, or not at all.',
    'Check that the agent runs, that its client has the log as `onEvent`, and its `file.path`.',
  ],
} as const satisfies Rows
