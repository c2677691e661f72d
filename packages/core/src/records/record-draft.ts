import type { AuthSecEvent, CallEnd } from '../events.ts'
import type { AuditFields } from './audit-record.ts'
import { type RecordContext, recordOfCall, recordOfEvent } from './record-of-event.ts'

/** A record that may be worked out later, with others: code and data of a log are in no cache right after a call. */
export type RecordDraft = () => AuditFields

/** The draft of an event's record. Undefined for an event without one. What happens to the event afterwards changes nothing. */
export function draftOfEvent(event: AuthSecEvent, context: RecordContext): RecordDraft | undefined {
  if (isUnchanging(event)) return draftOfCall(event, context)
  const record = recordOfEvent(event, context)
  return record && (() => record)
}

/** Calls are what a log has many of. What is not frozen as a client does it may be altered by whoever has it too. */
function isUnchanging(event: AuthSecEvent): event is CallEnd & AuthSecEvent {
  if (event.type !== 'request.completed' || event.approval !== undefined) return false
  return Object.isFrozen(event) && Object.isFrozen(event.permission) && event.time instanceof Date
}

/** A date cannot be frozen. */
function draftOfCall(event: CallEnd & AuthSecEvent, context: RecordContext): RecordDraft {
  const at = event.time.getTime()
  return () => {
    const isSame = event.time.getTime() === at
    return recordOfCall(isSame ? event : { ...event, time: new Date(at) }, context)
  }
}
