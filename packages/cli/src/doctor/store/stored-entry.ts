import { AuthSecError, createAuthSecClientFromEnv, type Env } from '@authsec/core'
import type { AuthSecStore } from '@authsec/core/store'
import { variable } from '../../settings/settings.ts'

export type EntryState = 'opens' | 'none' | 'unreadable' | 'not checked'

const NEEDED = ['AUTHSEC_BASE_URL', 'AUTHSEC_AGENT_CLIENT_ID', 'AUTHSEC_TOKEN_KEYS']

/**
 * What a process of the agent finds in the store. A client reads it as it would, but nothing is sent to AuthSec, and nothing is
 * written. An entry that was sealed with other keys stands under another name, so that it is not found.
 */
export async function storedEntry(store: AuthSecStore, env: Env): Promise<EntryState> {
  if (NEEDED.some((name) => variable(env, name) === undefined)) return 'not checked'
  const names = new Set<string>()
  const entries = new Map<string, string>()
  const read = (): Promise<boolean | undefined> =>
    readsToken(env, async (name) => {
      names.add(name)
      return entries.get(name)
    })
  // The first reader tells the names. The second finds at once what a client may not wait for.
  if ((await read()) === undefined) return 'not checked'
  for (const name of names) {
    const value = await store.get(name)
    if (value !== undefined) entries.set(name, value)
  }
  if (entries.size === 0) return 'none'
  return (await read()) ? 'opens' : 'unreadable'
}

/** Whether a client takes its token out of a store; nothing for settings that no client accepts, which other checks report. */
async function readsToken(
  env: Env,
  get: (name: string) => Promise<string | undefined>,
): Promise<boolean | undefined> {
  const nothing = async (): Promise<undefined> => undefined
  try {
    const { AUTHSEC_PROXY: _unused, ...variables } = env
    await using client = createAuthSecClientFromEnv(
      { ...variables, AUTHSEC_MODE: 'live' },
      {
        store: { get, set: nothing, delete: nothing, claim: async () => false },
        fetch: async () =>
          Response.json({ error: 'No active delegation token found' }, { status: 404 }),
        maxTokenLifetimeSeconds: 315_360_000,
        onEvent: () => undefined,
      },
    )
    return await client.getDelegationToken().then(
      () => true,
      () => false,
    )
  } catch (error) {
    if (AuthSecError.isInstance(error)) return undefined
    throw error
  }
}
