import { describeDurableRuns, type Host } from '@authsec-internal/durable-runs'
import { operationTool } from '../src/index.ts'
import { answered, mapParts, partOf, type Server, send, userMessage } from './support/chat.ts'
import { type Call, scriptedModel } from './support/scripted-model.ts'
import { type Message, seven, six, type Version } from './support/sdks.ts'

/** The messages of a chat are all that is left of a request. */
const hostOf = (version: Version): Host => ({
  name: version.name,
  open({ client, operation }) {
    const tools = { pay: operationTool(client, operation) }

    async function request(
      messages: Message[],
      { user, thread, steps }: { user: string; thread: string; steps: Call[][] },
    ) {
      const script = scriptedModel(version, steps)
      const server: Server = { client, tools, version, script, user, chatId: thread }
      const { messages: after } = await send(messages, server)
      const part = after.flatMap(({ parts }) => parts).find(({ type }) => type === 'tool-pay')
      if (part?.state !== 'approval-requested') return { outcome: part?.output ?? part }
      return { stored: JSON.stringify({ thread, messages: after }) }
    }

    return {
      begin: (input, { toolCallId, thread, user }) =>
        request([userMessage('go')], {
          user,
          thread,
          steps: [[{ id: toolCallId, tool: 'pay', input }]],
        }),
      async resume(stored, { user, toolCallId: newId, args }) {
        const { thread, messages }: { thread: string; messages: Message[] } = JSON.parse(stored)
        const [{ toolCallId = '' } = {}] = messages
          .flatMap(({ parts }) => parts)
          .filter(({ type }) => type === 'tool-pay')
        const edited = args
          ? mapParts(messages, (part) =>
              part.type === 'tool-pay' ? { ...part, input: args } : part,
            )
          : messages
        const text = JSON.stringify(edited)
        const renamed: Message[] = JSON.parse(
          newId === undefined ? text : text.replaceAll(`"${toolCallId}"`, `"${newId}"`),
        )
        // Half of the clients say that it is approved, whatever the person says.
        const isSaid = partOf(renamed, newId ?? toolCallId) !== undefined && stored.length % 2 === 0
        return request(isSaid ? answered(renamed, true) : renamed, { user, thread, steps: [] })
      },
      close: () => client.close(),
    }
  },
})

for (const version of [six, seven]) describeDurableRuns(hostOf(version), { runs: 10 })
