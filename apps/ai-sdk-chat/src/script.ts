/** For runs without a key: the scripted model's words and calls, from what was said and what the tools brought back. */

export interface Heard {
  /** What the user wrote last. */
  readonly text: string
  /** What was called since then, in order. */
  readonly results: readonly {
    readonly tool: string
    readonly input: unknown
    readonly output: unknown
  }[]
}

export interface Line {
  readonly say: string
  readonly call?: { readonly tool: string; readonly input: object } | undefined
}

export function lineFor({ text, results }: Heard): Line {
  const last = results.at(-1)
  if (last?.tool === 'delete_record') return { say: aboutDeletion(idIn(last.input), last.output) }
  if (last)
    return isDeletion(text) ? deletion(text, last.output) : { say: aboutRecords(last.output) }
  if (isDeletion(text) && idOf(text) === undefined) {
    return { say: 'Which record? Name its ID, such as rec-0042.' }
  }
  if (isDeletion(text)) return { say: 'Let me look at the record first.', call: LIST }
  if (/record|customer|list|show|which|what|closed|active/i.test(text))
    return { say: '', call: LIST }
  return {
    say: 'I can list the customer records, and delete one. A person has to approve a deletion.',
  }
}

const LIST = { tool: 'list_records', input: {} }
const isDeletion = (text: string): boolean => /\b(?:delete|remove|erase)\b/i.test(text)
const idOf = (text: string): string | undefined => /\brec-\d{1,8}\b/i.exec(text)?.[0].toLowerCase()
const idIn = (input: unknown): string => String(Object(input).id ?? 'the record')

interface Shown {
  readonly id: string
  readonly title: string
  readonly status: string
}

function recordsIn(output: unknown): readonly Shown[] {
  const { records } = Object(Object(output).data)
  return Array.isArray(records) ? records : []
}

function deletion(text: string, output: unknown): Line {
  if (Object(output).ok !== true) return { say: `I could not read the records. ${reason(output)}` }
  const id = idOf(text) ?? ''
  const found = recordsIn(output).find((one) => one.id === id)
  if (!found) return { say: `There is no record ${id}, so there is nothing to delete.` }
  return {
    say: `${id} is “${found.title}” (${found.status}). A person has to approve its deletion.`,
    call: { tool: 'delete_record', input: { id } },
  }
}

function aboutRecords(output: unknown): string {
  if (Object(output).ok !== true) return `I could not read the records. ${reason(output)}`
  const records = recordsIn(output)
  const lines = records.map(({ id, title, status }) => `• ${id}  ${title} (${status})`)
  return [`There are ${records.length} records:`, ...lines].join('\n')
}

function aboutDeletion(id: string, output: unknown): string {
  const { ok, code, data } = Object(output)
  if (ok === true) {
    const { remaining } = Object(data)
    return `Done: ${id} is deleted.${typeof remaining === 'number' ? ` ${remaining} records remain.` : ''}`
  }
  if (code === 'approval_pending')
    return `${id} still waits for its approval. Nothing was deleted so far.`
  if (code === 'approval_denied')
    return `The approver said no, so ${id} was not deleted. Ask me again if that was a mistake.`
  if (code === 'approval_expired')
    return `Nobody decided in time, so ${id} was not deleted. Ask me again when the approver is there.`
  return `${id} was not deleted. ${reason(output)}`
}

function reason(output: unknown): string {
  const { message } = Object(output)
  return typeof message === 'string' ? message : 'The tool did not answer.'
}
