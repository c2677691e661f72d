import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { eventPage } from '../src/event-page.ts'

describe('docs/events.md', () => {
  it('is what `pnpm events` writes now, and has every event with every field', () => {
    const page = eventPage()
    expect(readFileSync(join(import.meta.dirname, '../../../docs/events.md'), 'utf8')).toBe(page)
    const sections = [...page.matchAll(/^## `([\w.]+)`$/gm)].map(([, type]) => type)
    expect(sections).toContain('request.failed')
    expect(sections.length).toBeGreaterThanOrEqual(13)
    for (const field of ['callId', 'permission', 'approval', 'attempts', 'systemCode']) {
      expect(page).toContain(`| \`${field}\` |`)
    }
  })
})
