import type { Clock } from '@authsec/core'
import { waitFor } from '@authsec/core/adapter'
import type { RedisCommand } from './redis-client.ts'
import { lateAnswer, redisError } from './redis-errors.ts'

/**
 * Sends a command, and reads its answer. Rejects with a `ConfigError`, at the latest when the time is up.
 *
 * @param ifLate - Gets the answer that comes when nobody waits for it any more.
 */
export type Send = <T>(
  key: string,
  args: readonly string[],
  read: (reply: unknown) => T,
  ifLate?: (answer: T) => unknown,
) => Promise<T>

/**
 * Bounds every command: the clients wait for seconds or for ever by default, and what has been sent they wait for
 * whatever their own limits of a command say.
 */
export function boundedCommands(command: RedisCommand, timeoutMs: number, clock: Clock): Send {
  return async (key, args, read, ifLate) => {
    const answer = command(key, args).then((reply) => ({ value: read(reply) }))
    const inTime = await waitFor(answer, clock, timeoutMs).catch((error: unknown) => {
      throw redisError(error)
    })
    if (inTime !== undefined) return inTime.value
    answer.then(({ value }) => ifLate?.(value)).catch(() => undefined)
    throw lateAnswer()
  }
}
