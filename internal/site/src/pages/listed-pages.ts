import { matchesGlob } from 'node:path'
import { HOME, type Section } from '../navigation.ts'

export interface ListedSection {
  readonly title: string
  /** Paths of pages that are there. */
  readonly pages: readonly string[]
}

export interface Listing {
  readonly sections: readonly ListedSection[]
  /** A sentence for each listed page that is missing. */
  readonly missing: readonly string[]
  /** A sentence for each page that no section lists, or two do. */
  readonly unlisted: readonly string[]
}

/** Holds the navigation against the pages that are there. A pattern may match none. */
export function listPages(sections: readonly Section[], paths: readonly string[]): Listing {
  const there = [...paths].sort()
  const named = sections.flatMap(({ pages }) => pages.filter((page) => !page.includes('*')))
  const found = sections.map(({ title, pages }) => ({
    title,
    pages: pages.flatMap((entry) =>
      there.filter((path) =>
        entry.includes('*') ? matchesGlob(path, entry) && !named.includes(path) : path === entry,
      ),
    ),
  }))
  const listed = [HOME, ...found.flatMap(({ pages }) => pages)]
  return {
    sections: found,
    missing: named
      .filter((page) => !there.includes(page))
      .map((page) => `${page} is listed in navigation.ts, and there is no such page.`),
    unlisted: [
      ...there
        .filter((path) => !listed.includes(path))
        .map((path) => `${path} is a page, and no section of navigation.ts lists it.`),
      ...repeated(listed).map((path) => `${path} is listed twice in navigation.ts.`),
    ],
  }
}

function repeated(paths: readonly string[]): string[] {
  return [...new Set(paths.filter((path, index) => paths.indexOf(path) !== index))]
}
