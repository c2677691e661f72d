import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isMissing, startSession } from '../src/run-script.ts'

const document = readFileSync(join(import.meta.dirname, '../../../docs/from-python.md'), 'utf8')
/** Every word of code in the document. */
const code = new Set(
  [...document.matchAll(/`([^`]+)`/g)].flatMap(([, text = '']) => text.match(/\w+/g) ?? []),
)

describe.skipIf(isMissing)('docs/from-python.md', () => {
  test('maps every public name of the six packages, or says why it has none', async () => {
    await using session = await startSession('public_names.py')
    const names = await session.script.next()
    expect(Object.keys(names)).toHaveLength(6)
    for (const [name, list] of Object.entries(names)) {
      const missing = (list as string[]).filter((one) => !code.has(one))
      expect({ package: name, missing }).toEqual({ package: name, missing: [] })
    }
    expect(Object.values(names).flat().length).toBeGreaterThan(100)
  })
})
