import { startServer, testClient, testEmulator } from '@authsec-internal/test-kit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { answer } from '../src/answer.ts'
import { indexRecords, readRecords } from '../src/build-index.ts'
import { chooseModels } from '../src/models.ts'

afterEach(() => vi.unstubAllEnvs())

/** Counts letters, which is sufficient for the one question below. */
const vectorOf = (text: string): number[] =>
  Array.from({ length: 26 }, (_, index) => {
    const letter = String.fromCharCode(97 + index)
    return text.toLowerCase().split(letter).length - 1
  })

describe('a model of OpenAI', () => {
  it('receives what the asker may see, and no security metadata', async () => {
    const prompts: string[] = []
    await using openai = await startServer((request, response) => {
      let text = ''
      request.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      request.on('end', () => {
        const { input } = JSON.parse(text) as { input?: string[] }
        if (!input) prompts.push(text)
        const message = { role: 'assistant', content: 'Written by a model.' }
        const body = input
          ? { data: input.map((item, index) => ({ index, embedding: vectorOf(item) })) }
          : { choices: [{ index: 0, message, finish_reason: 'stop' }] }
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(body))
      })
    })
    vi.stubEnv('OPENAI_BASE_URL', openai.baseUrl)
    await using emulator = await testEmulator({
      permissions: ['records:read', 'records:restricted'],
    })
    const client = testClient(emulator)
    const models = await chooseModels('sk-test', 'gpt-4o-mini')
    const index = await indexRecords(await readRecords(client, () => undefined), () => undefined)
    const question = 'Insider case 2026-07 An engineer in notice copied design documents'
    const full = await answer(index, client, question, models)
    expect(full).toMatchObject({ text: 'Written by a model.', isExtract: false })
    const limited = await answer(index, ['records:read'], question, models)
    expect(limited?.source.metadata['clearance_required']).not.toBe('restricted')
    expect(prompts).toHaveLength(2)
    expect(prompts[1]).not.toMatch(/Legal leads; the account is preserved/)
    expect(prompts.join('')).not.toMatch(/records:re|retrieved_at|clearance_required|authsec:/)
  })
})
