import { describe, expect, it } from 'vitest'
import { createPrinter } from '../src/index.ts'

async function* parts(): AsyncGenerator<string> {
  yield 'one '
  yield '\u001b[2Jtwo'
}

function printerOn(isTerminal: boolean) {
  const written: string[] = []
  const write = (text: string): void => void written.push(text)
  return { written, printer: createPrinter({ write, isTerminal, hasColors: false }) }
}

describe('a text that comes in parts', () => {
  it('is shown as it comes on a terminal, without what could move the cursor', async () => {
    const { written, printer } = printerOn(true)
    await printer.stream(parts())
    expect(written).toEqual(['\none ', 'two', '\n\n'])
  })

  it('is one block elsewhere', async () => {
    const { written, printer } = printerOn(false)
    await printer.stream(parts())
    expect(written).toEqual(['\none two\n\n'])
  })
})
