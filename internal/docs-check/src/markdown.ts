/** What is read from Markdown: headings, their anchors, and relative links. Code is passed over. */

export interface Link {
  /** A path relative to the document; empty for an anchor of the same document. */
  readonly path: string
  /** Without `#`; `undefined` when there is none. */
  readonly anchor: string | undefined
}

export function headings(markdown: string): string[] {
  return [...withoutCode(markdown).matchAll(/^#{1,6} +(.+?) *$/gm)].map((match) => match[1] ?? '')
}

/** The anchor that GitHub gives to the text of a heading. The `-1` of a second one is the caller's. */
export function anchorOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** The anchors that GitHub gives to the headings of a document. */
export function anchors(markdown: string): Set<string> {
  const found = new Set<string>()
  for (const heading of headings(markdown)) {
    const slug = anchorOf(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1'))
    let anchor = slug
    for (let count = 1; found.has(anchor); count++) anchor = `${slug}-${count}`
    found.add(anchor)
  }
  return found
}

export function relativeLinks(markdown: string): Link[] {
  const targets = [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(
    (match) => match[1] ?? '',
  )
  return targets
    .filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#', 2)
      return { path, anchor }
    })
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, (code) => {
    // Headings keep the words of their code for the anchor.
    return code.slice(1, -1).replace(/[[\]()]/g, '')
  })
}
