import { type AuthSecClientOptions, createAuthSecClient } from '@authsec/core'
import { type Emulator, startEmulator } from '@authsec/emulator'
import {
  buildPage,
  type CustomerRecord,
  recordsApi,
  scriptedModel,
  serveChat,
} from '@authsec-apps/ai-sdk-chat'

export interface ChatScene extends AsyncDisposable {
  readonly emulator: Emulator
  readonly address: string
  readonly consoleAddress: string
  /** The records that the API deleted. */
  deletions(): string[]
}

export interface ChatSceneOptions {
  readonly records?: readonly CustomerRecord[]
  readonly clock?: NonNullable<AuthSecClientOptions['clock']>
  /** Time between two words of the model. */
  readonly delayMs?: number
  readonly clientId?: string
}

// The same for all scenes of a process: it takes a second.
let page: ReturnType<typeof buildPage> | undefined

/** The chat with its agent, an emulator with its console, and the API of the records. */
export async function chatScene({
  records = [],
  clock,
  delayMs = 0,
  clientId,
}: ChatSceneOptions = {}): Promise<ChatScene> {
  page ??= buildPage()
  const emulator = await startEmulator({
    ...{ console: true, rateLimit: false, pollIntervalSeconds: 1 },
    permissions: ['records:read', 'records:delete'],
    routes: recordsApi(records),
    ...(clock && { clock }),
    ...(clientId && { clientId }),
  })
  const consoleAddress = `${emulator.baseUrl}/`
  const client = createAuthSecClient({
    baseUrl: emulator.baseUrl,
    clientId: emulator.clientId,
    resources: [{ name: 'records', baseUrl: emulator.vaultUrl, methods: ['GET', 'DELETE'] }],
    clock,
  })
  const chat = await serveChat({
    ...{ client, model: scriptedModel({ delayMs }), page: await page },
    approver: 'approver@example.com',
    consoleUrl: consoleAddress,
  })
  return {
    ...{ emulator, address: chat.url, consoleAddress },
    deletions: () =>
      emulator.requests.flatMap(({ method, path }) =>
        method === 'DELETE' ? [path.slice(path.lastIndexOf('/') + 1)] : [],
      ),
    async [Symbol.asyncDispose]() {
      await chat.close()
      await client.close()
      await emulator.close()
    },
  }
}
