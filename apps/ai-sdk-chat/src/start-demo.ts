import { randomUUID } from 'node:crypto'
import type { AuthSecClient, Env } from '@authsec/core'
import { type Emulator, startEmulator } from '@authsec/emulator'
import { createDemoClient } from '@authsec-apps/demo-kit'
import type { LanguageModel } from 'ai'
import { findConsole } from './find-console.ts'
import { buildPage } from './page-files.ts'
import { recordsApi } from './records-api.ts'
import { scriptedModel } from './scripted-model.ts'
import { serveChat } from './serve-chat.ts'

export interface ChatDemo {
  readonly mode: 'live' | 'mock'
  readonly model: string
  readonly chatUrl: string
  /** Where a person decides, if there is such a page. */
  readonly consoleUrl: string | undefined
  /** The protected API. */
  readonly apiUrl: string
  close(): Promise<void>
}

interface Closing {
  close(): Promise<void>
}

/** Starts all that the chat needs: live with the AUTHSEC_* variables, else with an emulator and its console. */
export async function startDemo(env: Env): Promise<ChatDemo> {
  const parts: Closing[] = []
  const close = async (): Promise<void> => {
    for (const part of parts.splice(0).reverse()) await part.close()
  }
  try {
    const { client, emulator } = await createClient(env, parts)
    const page = await buildPage()
    const consoleUrl = emulator
      ? `${emulator.baseUrl}/`
      : await findConsole(env['AUTHSEC_BASE_URL'])
    const { model, name } = await chooseModel(env)
    const approver = env['AUTHSEC_APPROVER']?.trim() || 'approver@example.com'
    const options = { client, model, approver, consoleUrl, page }
    const chat = await serveChat(options)
    parts.push(chat)
    const apiUrl = emulator?.vaultUrl ?? liveApiUrl(env)
    const urls = { chatUrl: chat.url, consoleUrl, apiUrl }
    return { ...urls, mode: client.mode, model: name, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** As `createDemoClient` chooses it. */
function liveApiUrl(env: Env): string {
  const own = env['AUTHSEC_API_URL']?.trim()
  return own || new URL('/secure-vault/', env['AUTHSEC_BASE_URL']).href
}

/** In mock mode the client's requests go to an emulator that listens, so that a person can use its console. */
async function createClient(
  env: Env,
  parts: Closing[],
): Promise<{ client: AuthSecClient; emulator: Emulator | undefined }> {
  const clientId = randomUUID()
  const listening = Promise.withResolvers<Emulator>()
  const handle = {
    clientId,
    fetch: async (request: Request) => forward(request, (await listening.promise).baseUrl),
  }
  const client = createDemoClient(
    env,
    { api: undefined },
    { emulator: handle, methods: ['GET', 'DELETE'] },
  )
  parts.push(client)
  if (client.mode === 'live') return { client, emulator: undefined }
  const emulator = await startEmulator({
    ...{ clientId, console: true, mockIssuer: true, rateLimit: false, pollIntervalSeconds: 1 },
    permissions: ['records:read', 'records:delete'],
    routes: recordsApi(),
  })
  parts.push(emulator)
  listening.resolve(emulator)
  return { client, emulator }
}

/** Nothing of mock mode leaves this computer: whatever the request names, the emulator gets it. */
async function forward(request: Request, baseUrl: string): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const { method, headers, signal } = request
  const body = await request.arrayBuffer()
  const init = { method, headers, signal, redirect: 'manual' as const }
  return fetch(baseUrl + pathname + search, body.byteLength > 0 ? { ...init, body } : init)
}

async function chooseModel(env: Env): Promise<{ model: LanguageModel; name: string }> {
  const apiKey = env['OPENAI_API_KEY']?.trim()
  if (!apiKey) return { model: scriptedModel(), name: 'scripted (OPENAI_API_KEY is not set)' }
  const { createOpenAI } = await import('@ai-sdk/openai')
  const id = env['OPENAI_MODEL']?.trim() || 'gpt-4o-mini'
  return { model: createOpenAI({ apiKey })(id), name: `OpenAI ${id}` }
}
