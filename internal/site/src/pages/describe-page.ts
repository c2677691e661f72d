export interface Description {
  readonly title: string
  /** The first paragraph as plain text, on one line. */
  readonly summary: string
}

/** The title of a page and what its first paragraph says. Throws when there is no title. */
export function describePage(path: string, markdown: string): Description {
  const text = withoutFrontmatter(markdown)
  const title = /^# +(.+?) *$/m.exec(text)?.[1]
  if (title === undefined) throw new Error(`${path} has no title: begin it with "# ".`)
  const after = text.slice(text.indexOf(title) + title.length)
  // What follows the headings of a reference page is about one name of many.
  const about = path.startsWith('api/') ? after.split(/^## /m, 1).join('') : after
  const paragraphs = about.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '').split(/\n{2,}/)
  const first = paragraphs.find((paragraph) => /^\s*(?:\*\*)?[\p{L}`[\d"]/u.test(paragraph)) ?? ''
  return { title: plain(title), summary: plain(first) }
}

export function withoutFrontmatter(markdown: string): string {
  return markdown.replace(/^---\n[\s\S]*?\n---\n+/, '')
}

function plain(markdown: string): string {
  return markdown
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\\([^\w\s])/g, '$1')
    .replaceAll(/[`*]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
