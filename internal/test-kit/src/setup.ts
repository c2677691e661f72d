import { afterAll, expect } from 'vitest'
import { emulatorSecrets } from './known-emulators.ts'
import { findLeaks, forgetAll, watch } from './leak-watch.ts'

/** Vitest loads this before every test file. Nothing that the file prints or watches may hold a secret. */
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream)
  stream.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
    watch('output', typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'))
    return write(chunk, ...rest)
  }) as typeof stream.write
}
for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
  const original = console[method].bind(console)
  console[method] = (...values: unknown[]) => {
    for (const value of values) watch(`console.${method}`, value)
    original(...values)
  }
}

afterAll(() => {
  const leaks = findLeaks(emulatorSecrets())
  forgetAll()
  expect(leaks, 'the test gave out secrets').toEqual([])
  // Some files give out more than a hundred megabytes, and a busy machine takes its time.
}, 60_000)
