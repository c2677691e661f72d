import { expect, test } from 'vitest'
import { soakConsole } from '../../../internal/soak/src/console.ts'
import { exceeded } from '../../../internal/soak/src/tally.ts'

test('the console stays usable, and memory flat, at 1 000 calls a second for 10 seconds', async () => {
  const tally = await soakConsole(10)
  expect(exceeded(tally), JSON.stringify(tally.counts)).toEqual([])
}, 120_000)
