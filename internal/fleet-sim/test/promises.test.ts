import { describe, expect, it } from 'vitest'
import { brokenPromises } from '../src/promises.ts'
import { run } from '../src/run.ts'
import { quickMatrix } from '../src/scenarios.ts'

describe('a fleet on a virtual clock', () => {
  it.for(quickMatrix)('keeps what the engine promises: $setup.course, $name', async ({ setup }) => {
    const result = await run(setup)
    expect(brokenPromises(result)).toEqual([])
    expect(result.summary.calls).toBeGreaterThan(0)
  })
})
