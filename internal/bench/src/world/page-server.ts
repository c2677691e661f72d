import type { AuthSecClientOptions } from '@authsec/core'
import { startEmulator } from '@authsec/emulator'
import { startChild } from './child.ts'

export const RECORDS_PER_PAGE = 100

/** An API with pages of records, and an AuthSec server whose clients may read it. */
export interface PageApi {
  /** Ends in `/`. Below it are `records?page=1` and `stream`. */
  readonly apiUrl: string
  readonly clientOptions: AuthSecClientOptions
}

/** Starts the server of `pnpm soak:reader` in a process of its own, with that many pages. */
export async function withPageApi<Result>(
  pages: number,
  use: (api: PageApi) => Promise<Result>,
): Promise<Result> {
  const file = '../../../../packages/llamaindex/soak/page-server.ts'
  await using server = await startChild<number>(file, [String(pages)])
  await using emulator = await startEmulator({ rateLimit: false })
  const { baseUrl, clientId } = emulator
  const apiUrl = `http://127.0.0.1:${server.ready}/api/`
  const resources = [{ name: 'records', baseUrl: apiUrl }]
  return await use({ apiUrl, clientOptions: { baseUrl, clientId, resources } })
}
