import type { RecordedRequest } from '../server/request-log.ts'
import { VAULT_PATH } from '../vault/vault-routes.ts'

/** A call of the protected API that the emulator received. */
export interface TestCall {
  readonly method: string
  /** Below the API, with a slash at the start: `/records/42`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly status: number
  /** The permission that the operation needs, if the call reached one. */
  readonly permission: string | undefined
}

/** The calls of the protected API so far. */
export interface TestCalls {
  /** Oldest first. */
  readonly all: readonly TestCall[]
}

export function testCalls(requests: readonly RecordedRequest[]): TestCalls {
  return {
    get all() {
      return requests.filter(({ path }) => path.startsWith(VAULT_PATH)).map(callOf)
    },
  }
}

function callOf({ method, path, query, status, permission }: RecordedRequest): TestCall {
  return { method, path: `/${path.slice(VAULT_PATH.length)}`, query, status, permission }
}
