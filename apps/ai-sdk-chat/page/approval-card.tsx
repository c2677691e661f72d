import { useLayoutEffect, useRef } from 'react'
import type { ShownApproval } from '../src/chat-message.ts'
import type { Outcome } from './outcomes.ts'
import { shownText } from './shown-text.ts'
import { TimeLeft } from './time-left.tsx'

interface CardProps {
  readonly approval: ShownApproval['approval']
  /** What became of the call; undefined while it waits. */
  readonly outcome: Outcome | undefined
  readonly consoleUrl: string | null
  readonly onCheck: () => void
}

/** A question to a person, while it waits and after. */
export function ApprovalCard({ approval, outcome, consoleUrl, onCheck }: CardProps) {
  const title = useRef<HTMLHeadingElement>(null)
  const card = useRef<HTMLElement>(null)
  const hadFocus = useRef(false)
  // The buttons go with the waiting: the focus stays in the card.
  useLayoutEffect(() => {
    if (outcome && hadFocus.current && document.activeElement === document.body) {
      title.current?.focus({ preventScroll: true })
    }
  }, [outcome])
  const { code, approver, message } = approval
  const id = `approval-${code}`
  return (
    <section
      ref={card}
      className={`card ${outcome ? outcome.tone : 'waiting'}`}
      aria-labelledby={`${id}-title`}
      onFocus={() => {
        hadFocus.current = true
      }}
      onBlur={({ relatedTarget }) => {
        // Without a target the window lost the focus, and the card has it again when a person comes back.
        if (relatedTarget) hadFocus.current = card.current?.contains(relatedTarget) ?? false
      }}
    >
      <h3 id={`${id}-title`} ref={title} tabIndex={-1}>
        <span className="mark" aria-hidden="true" />
        {outcome ? outcome.title : 'Waiting for an approval'}
      </h3>
      <p className="question" dir="auto">
        {shownText(withoutCode(message, code))}
      </p>
      {outcome ? (
        <Result outcome={outcome} code={code} approver={approver} />
      ) : (
        <>
          <dl className="facts">
            <div>
              <dt>Code</dt>
              <dd className="code">{code}</dd>
            </div>
            <div>
              <dt>Approver</dt>
              <dd>
                <bdi>{shownText(approver)}</bdi>
              </dd>
            </div>
            <div>
              <dt>Time left</dt>
              <dd>
                <TimeLeft until={approval.expiresAt} />
              </dd>
            </div>
          </dl>
          <p className="hint">
            {consoleUrl === null
              ? 'The approver decides on their device. It shows the same code.'
              : 'The approver decides in the console. It shows the same code.'}
          </p>
          <div className="actions">
            {consoleUrl !== null && (
              <a
                className="button primary"
                href={consoleUrl}
                target="_blank"
                rel="noopener noreferrer"
              >
                Open the console
              </a>
            )}
            <button type="button" className="button" onClick={onCheck}>
              Check now
            </button>
          </div>
        </>
      )}
    </section>
  )
}

function Result({ outcome, code, approver }: { outcome: Outcome; code: string; approver: string }) {
  return (
    <>
      <p className="result" dir="auto">
        {shownText(outcome.text)}
      </p>
      <p className="hint">
        Code <span className="small-code">{code}</span> · <bdi>{shownText(approver)}</bdi>
      </p>
    </>
  )
}

/** The code ends the message on the device. Here it stands on its own. */
function withoutCode(message: string, code: string): string {
  return message.replace(` [${code}]`, '')
}
