import type { AuthSecEvent, CallStart } from '../../src/events.ts'

/** An event of which a test says only what it is about. */
export type SomeEvent = AuthSecEvent extends infer Event
  ? Event extends AuthSecEvent
    ? Pick<Event, 'type'> & Partial<Event>
    : never
  : never

export function someEvent(event: SomeEvent): AuthSecEvent {
  return event as AuthSecEvent
}

/** What is told of a call before it is sent, as far as a test is about it. */
export function someStart(start: Partial<CallStart>): CallStart {
  return start as CallStart
}
