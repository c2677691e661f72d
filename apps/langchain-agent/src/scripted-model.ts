import { scriptFor } from '@authsec-apps/demo-kit'
import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages'
import { fakeModel } from '@langchain/core/testing'

/** LangChain's own fake model, for runs without a key. */
export function scriptedModel(endpoint: string | undefined): ReturnType<typeof fakeModel> {
  const { calls, answer } = scriptFor(endpoint)
  const resultIn = (messages: readonly BaseMessage[]) => (callId: string) =>
    messages.find((one) => ToolMessage.isInstance(one) && one.tool_call_id === callId)?.text
  return fakeModel()
    .respondWithTools(calls.map(({ id, name, args }) => ({ id, name, args })))
    .respond((messages) => new AIMessage(answer(resultIn(messages))))
}
