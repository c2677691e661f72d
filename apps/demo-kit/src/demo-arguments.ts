import { parseArgs } from 'node:util'

export interface DemoArguments {
  help: boolean
  /** A protected API of the user's own, and the endpoint to read there. */
  api: string | undefined
  endpoint: string | undefined
  /** Wait for Enter between the token and the first call. */
  pause: boolean
}

/** A mistake in how the demo was called; its message is all a person needs. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function parseDemoArguments(argv: readonly string[]): DemoArguments {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        api: { type: 'string' },
        endpoint: { type: 'string' },
        pause: { type: 'boolean', default: false },
      },
    })
    const { help, api, endpoint, pause } = values
    if ((api === undefined) !== (endpoint === undefined)) {
      throw new UsageError(
        '--api and --endpoint go together: --api https://api.example.com/v1 --endpoint customers.',
      )
    }
    return { help, api, endpoint, pause }
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error
    throw new UsageError(`${error.message.split('. ')[0]}. Try --help.`)
  }
}
