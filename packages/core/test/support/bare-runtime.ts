import { createContext, runInContext } from 'node:vm'
import { webBundle } from './web-core.ts'

/** What a runtime has that knows the standards of the web alone, such as Cloudflare Workers without `nodejs_compat`. */
const STANDARDS = [
  ...['fetch', 'Request', 'Response', 'Headers', 'FormData', 'Blob', 'File', 'ReadableStream'],
  ...['URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder', 'atob', 'btoa', 'crypto'],
  ...['AbortController', 'AbortSignal', 'Event', 'EventTarget', 'DOMException'],
  ...['structuredClone', 'performance', 'queueMicrotask'],
] as const

/**
 * Runs a program in such a runtime, with numbers for timers, and without making code from texts. Its imports come
 * first, and `print` collects what it says.
 */
export async function runBare(
  imports: string,
  program: string,
  globals: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const source = `${imports}\nglobalThis.ended = (async () => {\n${program}\n})()`
  const { code } = await webBundle(source, { format: 'iife' })
  const printed: string[] = []
  const context = createContext(
    {
      ...Object.fromEntries(STANDARDS.map((name) => [name, globalThis[name]])),
      ...numberedTimers(),
      print: (text: string) => printed.push(text),
      ...globals,
    },
    { codeGeneration: { strings: false, wasm: false } },
  )
  runInContext(code, context)
  await context['ended']
  return printed.join('\n')
}

function numberedTimers(): Readonly<Record<'setTimeout' | 'clearTimeout', unknown>> {
  const timers = new Map<number, NodeJS.Timeout>()
  let last = 0
  return {
    setTimeout(callback: () => void, ms: number) {
      last += 1
      timers.set(last, setTimeout(callback, ms))
      return last
    },
    clearTimeout: (id: number) => clearTimeout(timers.get(id)),
  }
}
