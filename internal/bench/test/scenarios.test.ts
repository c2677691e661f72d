import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { scenarios } from '../src/scenarios/all.ts'
import { memoryOfClient } from '../src/scenarios/client-memory.ts'
import { loadCheckouts } from '../src/world/checkouts.ts'

const pace = { rounds: 1, roundMs: 1, warmUpMs: 1 }
// The others start processes or sockets, and CI runs all of them by `pnpm bench --quick --assert`.
const IN_PROCESS = [
  'getter',
  'stampede',
  'short-tokens',
  'stuck-token',
  'outage',
  'verify-cached',
  'tools',
]

describe('a scenario', () => {
  it.each(IN_PROCESS)('%s measures this checkout', async (name) => {
    const scenario = scenarios.find((each) => each.name === name)
    const checkouts = await loadCheckouts()
    const sections = (await scenario?.run({ checkouts, pace, quick: true })) ?? []
    const figures = sections.flatMap((section) => section.figures)
    expect(figures.length).toBeGreaterThan(0)
    for (const { value } of figures) expect(value).not.toBeNaN()
  })
})

describe('an agent of a pool', () => {
  it('takes at most 2 KiB with a token, beside the characters of the token', async () => {
    const [checkout] = await loadCheckouts()
    if (!checkout) throw new Error('There is no checkout.')
    const { token } = await memoryOfClient(checkout.core, 1)
    expect(token).toBeGreaterThan(0.5)
    expect(token).toBeLessThanOrEqual(2)
  }, 60_000)
})

describe('a checkout', () => {
  const empty = mkdtempSync(join(tmpdir(), 'bench-'))
  mkdirSync(join(empty, 'packages/core'), { recursive: true })
  afterAll(() => rmSync(empty, { recursive: true }))

  // Node.js may find a package of this checkout instead, and the bench would compare it with itself.
  it.each(['/nowhere', empty, join(import.meta.dirname, '..'), tmpdir()])(
    '%s is refused with a sentence, because no packages are there',
    async (root) => {
      await expect(loadCheckouts(root)).rejects.toThrow(
        `${root} is not a checkout with installed dependencies. Run \`pnpm install\` there.`,
      )
    },
  )

  it('is this one where no path is given', async () => {
    expect((await loadCheckouts()).map(({ label }) => label)).toEqual([''])
  })
})
