import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react'

interface ComposerProps {
  readonly isBusy: boolean
  readonly onSend: (text: string) => Promise<boolean>
}

export function Composer({ isBusy, onSend }: ComposerProps) {
  const [text, setText] = useState('')
  const field = useRef<HTMLTextAreaElement>(null)

  async function send(): Promise<void> {
    const wanted = text.trim()
    if (isBusy || wanted === '') return
    setText('')
    field.current?.focus()
    if (!(await onSend(wanted))) setText((now) => now || wanted)
  }
  function submit(event: FormEvent): void {
    event.preventDefault()
    void send()
  }
  function press(event: KeyboardEvent): void {
    // Enter also ends the choice of a character in an input method.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    void send()
  }
  const isIdle = isBusy || text.trim() === ''
  return (
    <form className="composer" onSubmit={submit}>
      <label htmlFor="text" className="visually-hidden">
        Message
      </label>
      <textarea
        id="text"
        ref={field}
        rows={1}
        maxLength={4_000}
        value={text}
        placeholder="Write a message"
        autoComplete="off"
        enterKeyHint="send"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={press}
      />
      {/* Not disabled: a button that is loses the focus. */}
      <button type="submit" className="button primary" aria-disabled={isIdle}>
        Send
      </button>
    </form>
  )
}
