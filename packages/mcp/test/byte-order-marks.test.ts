import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { rejection } from '@authsec-internal/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfigFile } from '../src/config/config-file.ts'
import { messageLines } from '../src/stdio/message-lines.ts'
import { call, initialize, ServerProcess } from './support/processes.ts'

const MARK = '\ufeff'

describe('a configuration file', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'authsec-mcp-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const text = JSON.stringify({ name: 'Ärger 😀' })
  const bigEndian = (words: string): Buffer => Buffer.from(words, 'utf16le').swap16()

  async function file(content: string | Buffer): Promise<string> {
    const path = join(folder, 'tools.json')
    await writeFile(path, content)
    return path
  }

  it.each<[string, string | Buffer]>([
    ['UTF-8 without a mark', text],
    ['UTF-8 with a mark, as Windows PowerShell writes with -Encoding utf8', MARK + text],
    [
      'UTF-16 with a mark, as Windows PowerShell writes with >',
      Buffer.from(`${MARK}${text}\r\n`, 'utf16le'),
    ],
    ['big-endian UTF-16 with a mark', bigEndian(MARK + text)],
  ])('is read in %s', async (_encoding, content) => {
    expect(await readConfigFile(await file(content))).toMatchObject({ name: 'Ärger 😀' })
  })

  it.each<[string, string | Buffer]>([
    ['in UTF-16 without a mark', Buffer.from(text, 'utf16le')],
    ['in UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0, 0x7d, 0, 0, 0])],
    ['of a mark alone', MARK],
    ['of one byte of a mark', Buffer.from([0xff])],
    ['with an odd number of bytes of UTF-16', Buffer.from(MARK + text, 'utf16le').subarray(0, -1)],
    ['in Windows-1252', Buffer.from(text, 'latin1')],
  ])('is refused %s', async (_encoding, content) => {
    const error = await rejection(readConfigFile(await file(content)))
    expect(error.message).toMatch(/tools\.json is not (JSON|text)/)
    expect(error).toMatchObject({ code: 'config_invalid', hint: expect.stringMatching(/UTF-8/) })
  })
})

describe('the messages on standard input', () => {
  async function passed(pieces: readonly Uint8Array[]): Promise<[string, string[]]> {
    const dropped: string[] = []
    const lines = messageLines(100, (why) => dropped.push(why))
    for (const piece of pieces) lines.write(piece)
    lines.end()
    return [(await buffer(lines)).toString('utf8'), dropped]
  }

  it.each([1, 2, 3, 4, 5])('may begin with a mark, cut after %i bytes', async (length) => {
    const bytes = Buffer.from(`${MARK}{"a":1}\n{"b":2}\n`)
    const pieces = [bytes.subarray(0, length), bytes.subarray(length)]
    expect(await passed(pieces)).toEqual(['{"a":1}\n{"b":2}\n', []])
  })

  it('may begin with a line of a mark alone', async () => {
    expect(await passed([Buffer.from(`${MARK}\r\n{"a":1}\n`)])).toEqual(['{"a":1}\n', []])
  })

  it('have a mark at no other place', async () => {
    expect(await passed([Buffer.from(`{"a":1}\n${MARK}{"b":2}\n`)])).toEqual([
      '{"a":1}\n',
      ['not_json'],
    ])
    expect(await passed([Buffer.from(`${MARK}${MARK}{"a":1}\n`)])).toEqual(['', ['not_json']])
  })

  it('are answered by the program', async () => {
    await using server = new ServerProcess([], { AUTHSEC_MODE: 'mock' })
    server.send(MARK + JSON.stringify(initialize), call(4, 'get_security_metrics'))
    await server.saw('"id":4[,}]')
    expect(server.messages.filter(({ id }) => id === null)).toEqual([])
  })
})
