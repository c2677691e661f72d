/** One link: its target and its parameters (RFC 8288 section 3). A value is a token, or a text in quotes. */
const LINK =
  /[\s,]*<([^<>]*)>((?:\s*;\s*[\w*!#$&+.^`|~-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s";,]*))?)*)/y
const PARAMETER = /;\s*([\w*!#$&+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";,]*)))?/g

/**
 * The target of the first link with `rel="next"` that is about the answer itself, unresolved; `undefined` for none.
 *
 * @example
 * ```ts
 * import { nextLinkIn } from '@authsec/core/adapter'
 *
 * console.log(nextLinkIn('</records?page=2>; rel="next"')) // /records?page=2
 * ```
 */
export function nextLinkIn(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  LINK.lastIndex = 0
  for (let match = LINK.exec(header); match; match = LINK.exec(header)) {
    const [, target = '', parameters = ''] = match
    if (isNext(parameters)) return target
  }
  return undefined
}

function isNext(parameters: string): boolean {
  const values = new Map<string, string>()
  for (const [, name = '', quoted, token = ''] of parameters.matchAll(PARAMETER)) {
    const key = name.toLowerCase()
    // Only the first `rel` counts (section 3.3).
    if (!values.has(key)) values.set(key, quoted ?? token)
  }
  // With an anchor, the link is about something else (section 3.2).
  if (values.has('anchor')) return false
  return (values.get('rel') ?? '').toLowerCase().split(/\s+/).includes('next')
}
