import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PackedPackage } from '../release.ts'
import { followPage } from './follow-page.ts'
import { followReadme } from './follow-readme.ts'
import { isFollowed, type Page, readPage } from './page.ts'
import { readReadme } from './readme.ts'

/** A README or a page, and how to do what it says. */
export interface Followable {
  readonly name: string
  /** Lines of shell. */
  readonly commands: number
  /** Blocks of shell that are not pasted, each with the page's own reason. */
  readonly skipped: readonly string[]
  /** Returns one sentence for each problem. */
  follow(): Promise<readonly string[]>
}

export interface Surroundings {
  readonly root: string
  readonly scratch: string
  readonly packages: readonly PackedPackage[]
  readonly registry: string
}

const MINUTE = 60_000
/** What a page promises by its title: mock in two minutes. Every other page has ten. */
const BUDGETS: Readonly<Record<string, number>> = { 'docs/start/mock.md': 2 * MINUTE }
const BUDGET = 10 * MINUTE

/** Pages that show what their commands print, or are wrong. Of other pages, those that do are followed. */
const MUST_SHOW =
  /^docs\/(start\/.*|guides\/(langchain|ai-sdk|mastra|openai-agents|llamaindex|mcp))\.md$/

/** What the words of the command line name: packages by their folder, pages by their path. None: all packages. */
export function followables(words: readonly string[], where: Surroundings): readonly Followable[] {
  if (words.length === 0) return where.packages.map((packed) => readmeOf(packed, where))
  return words.flatMap((word) => named(word.replace(/^\.\//, '').replace(/\/$/, ''), where))
}

function named(word: string, where: Surroundings): readonly Followable[] {
  const packed = where.packages.find(({ folder }) => folder === word)
  if (packed) return [readmeOf(packed, where)]
  const isPath = word.startsWith('docs')
  const files = isPath ? globSync([word, `${word}/**/*.md`], { cwd: where.root }) : []
  const pages = files.filter((file) => file.endsWith('.md')).sort()
  if (pages.length === 0) {
    const folders = where.packages.map(({ folder }) => folder)
    throw new Error(`Use ${folders.join(', ')}, docs or a page below it instead of ${word}.`)
  }
  return pages.flatMap((file) => {
    const page = readPage(readFileSync(join(where.root, file), 'utf8'))
    return isFollowed(page) || MUST_SHOW.test(file) || file === word
      ? [pageOf(file, page, where)]
      : []
  })
}

function readmeOf(packed: PackedPackage, { scratch, registry }: Surroundings): Followable {
  const { installs, shown } = readReadme(readFileSync(join(packed.unpacked, 'README.md'), 'utf8'))
  const project = join(scratch, 'readers', packed.folder)
  return {
    name: packed.name,
    commands: linesIn([...installs, ...shown.map(({ commands }) => commands)]),
    skipped: [],
    follow: () => followReadme(packed, project, registry),
  }
}

function pageOf(
  file: string,
  page: Page,
  { scratch, packages, registry }: Surroundings,
): Followable {
  const name = file.replaceAll(/[/.]/g, '-')
  const reader = {
    project: join(scratch, 'readers', name),
    scratch: join(scratch, 'sessions', name),
    ...{ registry, packages },
    budgetMs: BUDGETS[file] ?? BUDGET,
  }
  return {
    name: file,
    commands: linesIn(page.steps.flatMap((step) => (step.kind === 'run' ? [step.commands] : []))),
    skipped: page.steps.flatMap((step) => (step.kind === 'skip' ? [step.reason] : [])),
    follow: () => followPage(page, reader),
  }
}

function linesIn(blocks: readonly string[]): number {
  const lines = blocks.flatMap((block) => block.split('\n'))
  return lines.filter((line) => line.trim() !== '' && !line.trim().startsWith('#')).length
}
