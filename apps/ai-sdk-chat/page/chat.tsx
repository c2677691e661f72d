import { announcementOf } from './announcement.ts'
import { approvalsIn } from './approvals-in.ts'
import { Composer } from './composer.tsx'
import { Message } from './message.tsx'
import { useConversation } from './use-conversation.ts'
import { useScrollAlong } from './use-scroll-along.ts'

const EXAMPLES = ['Which records are there?', 'Delete rec-0042']

export function Chat() {
  const conversation = useConversation()
  const { messages, server, isBusy, problem, send, check, startAnew } = conversation
  const approvals = approvalsIn(messages)
  const consoleUrl = server?.consoleUrl ?? null
  useScrollAlong(messages)
  function choose(text: string): void {
    // The buttons go with the first message.
    document.getElementById('text')?.focus()
    void send(text)
  }
  const isWriting = isBusy && messages.at(-1)?.role === 'user'
  return (
    <>
      <header>
        <div className="bar">
          <h1>Records assistant</h1>
          {server?.mode === 'mock' && <span className="badge">Mock data</span>}
          <button type="button" className="button quiet" onClick={() => void startAnew()}>
            <span>New</span>
            <span className="wide-only">&nbsp;conversation</span>
          </button>
        </div>
      </header>
      <main>
        {server && messages.length === 0 && <Welcome onChoose={choose} />}
        <ol className="messages" aria-label="Conversation" aria-busy={isBusy}>
          {messages.map((message) => (
            <Message
              key={message.id}
              {...{ message, approvals, consoleUrl }}
              onCheck={() => void check()}
            />
          ))}
        </ol>
        {isWriting && <p className="note writing">The assistant is at work …</p>}
        <p role="status" className="visually-hidden">
          {isBusy ? '' : announcementOf(messages)}
        </p>
      </main>
      <footer>
        <p role="alert" className="problem">
          {problem}
        </p>
        <Composer isBusy={isBusy} onSend={send} />
      </footer>
    </>
  )
}

function Welcome({ onChoose }: { onChoose: (text: string) => void }) {
  return (
    <section className="welcome" aria-labelledby="welcome-title">
      <h2 id="welcome-title">What may I do for you?</h2>
      <p>I read customer records at once. Before I delete one, a person has to approve it.</p>
      <div className="actions">
        {EXAMPLES.map((text) => (
          <button key={text} type="button" className="button" onClick={() => onChoose(text)}>
            {text}
          </button>
        ))}
      </div>
    </section>
  )
}
