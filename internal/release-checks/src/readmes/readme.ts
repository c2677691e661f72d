/** A command that a README shows with what it prints. */
export interface Shown {
  /** Lines of shell, as they stand. */
  readonly commands: string
  /** The block of code before the commands, when they run a file, and its name. */
  readonly program: { readonly file: string; readonly code: string } | undefined
  /** `…` stands for what differs from run to run, within one line. */
  readonly output: string
}

export interface Readme {
  /** Each block of shell that installs something, as it stands. */
  readonly installs: readonly string[]
  readonly shown: readonly Shown[]
  /** The packages that the blocks of code import, without `node:` and paths. */
  readonly imports: readonly string[]
}

export interface Block {
  readonly language: string
  readonly text: string
}

/** What a reader does with a README: installs, copies a block into a file, runs it, compares. */
export function readReadme(markdown: string): Readme {
  const blocks = blocksOf(markdown)
  const code = blocks.filter(isCode)
  return {
    installs: blocks.filter(isInstall).map(({ text }) => text),
    shown: blocks.flatMap((block, index) => shownAt(block, index, blocks)),
    imports: [...new Set(code.flatMap(({ text }) => importsOf(text)))],
  }
}

function blocksOf(markdown: string): readonly Block[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', text = '']) => ({ language, text }),
  )
}

function isCode({ language }: Block): boolean {
  return language === 'ts' || language === 'js'
}

function isInstall({ language, text }: Block): boolean {
  return language === 'sh' && /^npm install /m.test(text)
}

/** A block of shell counts when the output follows at once. */
function shownAt(block: Block, index: number, blocks: readonly Block[]): Shown[] {
  const next = blocks[index + 1]
  if (block.language !== 'sh' || next?.language !== 'text') return []
  const file = /\bnode ([\w-]+\.m[jt]s)\b/.exec(block.text)?.[1]
  const before = blocks.slice(0, index).findLast(isCode)
  if (file !== undefined && !before) throw new Error(`No block of code before "node ${file}".`)
  const program = file !== undefined && before ? { file, code: before.text } : undefined
  return [{ commands: block.text, program, output: next.text }]
}

/** The packages that a program imports, without `node:` and paths. */
export function importsOf(code: string): string[] {
  const statement = /^(?:import (?:[\w*,{}\s]+ from )?|export [\w*,{}\s]+ from )['"]([^'"]+)['"]/gm
  return [...code.matchAll(statement)]
    .map(([, specifier = '']) => specifier)
    .filter((specifier) => !/^(node:|\.)/.test(specifier))
    .map(packageOf)
}

/** `@scope/name/part` is in `@scope/name`. */
function packageOf(specifier: string): string {
  return /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier
}

/** The packages that the README's commands install, by name, without their versions. */
export function installedBy({ installs }: Readme): readonly string[] {
  return installedIn(installs)
}

/** The same for blocks of shell. */
export function installedIn(commands: readonly string[]): readonly string[] {
  return commands
    .flatMap((text) => [...text.matchAll(/^npm install (.*)$/gm)])
    .flatMap(([, line = '']) => line.replace(/\s#.*$/, '').split(/\s+/))
    .filter((word) => word !== '' && !word.startsWith('-'))
    .map((word) => word.replace(/(?<=.)@[^/]*$/, ''))
}

/** Whether the output is what is shown, line by line. */
export function matches(output: string, shown: string): boolean {
  const lines = output.trimEnd().split('\n')
  const expected = shown.trimEnd().split('\n')
  return (
    lines.length === expected.length &&
    expected.every((line, index) => patternOf(line).test(lines[index] ?? ''))
  )
}

function patternOf(line: string): RegExp {
  const escaped = line.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`)
}
