/**
 * `pnpm bench [--against PATH]`: measures this checkout and, in turns with it, the checkout at PATH.
 * Exits with 1 when a goal is missed by more than its head-room.
 */
import { parseArgs } from 'node:util'
import { loadCheckouts } from './checkouts.ts'
import { benchClient } from './client.ts'
import { benchVerify } from './verify.ts'

const { values } = parseArgs({ options: { against: { type: 'string' } } })
try {
  const checkouts = await loadCheckouts(values.against)
  console.log(`Node ${process.version}${values.against ? `, (other) is ${values.against}` : ''}`)
  await benchVerify(checkouts)
  await benchClient(checkouts)
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
