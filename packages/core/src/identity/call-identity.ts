import type { CallIdentity } from '../events.ts'
import { fingerprint } from '../support/fingerprint.ts'

/** Who makes a call, as adapters name it. */
export type CallNames = { readonly [Name in keyof CallIdentity]?: CallIdentity[Name] | undefined }

const MOST_CHARACTERS = 500
const UUID = /[\da-f]{8}-?(?:[\da-f]{4}-?){3}[\da-f]{12}/gi

/** The names of a call as events hold them: texts, not longer than 500 characters, without the client ID of a caller. */
export function callIdentity(callId: string, names: CallNames): CallIdentity {
  const { tool, toolCallId, run, user, caller } = names
  const identity: { -readonly [Name in keyof CallIdentity]: CallIdentity[Name] } = { callId }
  if (tool !== undefined) identity.tool = shortName(tool)
  if (toolCallId !== undefined) identity.toolCallId = shortName(toolCallId)
  if (run !== undefined) identity.run = shortName(run)
  if (user !== undefined) identity.user = nameOfPerson(user)
  if (caller !== undefined) identity.caller = nameOfPerson(caller)
  return identity
}

function shortName(name: string): string {
  return name.length > MOST_CHARACTERS ? name.slice(0, MOST_CHARACTERS).toWellFormed() : name
}

/** The SPIFFE ID of an agent ends in its client ID, with which its token can be pulled (contract 1.4). */
function nameOfPerson(name: string): string {
  const shown = name.includes('://') ? name.replace(UUID, (id) => fingerprint('cid', id)) : name
  return shortName(shown)
}
