import { type Block, importsOf } from './readme.ts'

/** One thing that a reader of a page does. */
export type Step =
  | { readonly kind: 'save'; readonly file: string; readonly code: string }
  | {
      readonly kind: 'run'
      readonly commands: string
      /** What is printed; `undefined` when the page does not show it. */
      readonly output: string | undefined
    }
  | { readonly kind: 'skip'; readonly commands: string; readonly reason: string }

export interface Page {
  readonly steps: readonly Step[]
  /** What the files that are saved import, without `node:` and paths. */
  readonly imports: readonly string[]
}

const SAVE = /\bSave (?:this |it )?as `([^`\s]+)`/g
const NOT_RUN = /<!-- not run: (.+?) -->\s*$/

/**
 * What a page tells its reader to do, in order: a block after "Save as `name`" is saved under the name, and every
 * block of shell is pasted, unless a comment before it says `not run` and why.
 */
export function readPage(markdown: string): Page {
  const blocks = blocksWithText(markdown)
  const steps = blocks.flatMap((block, index) => stepsAt(block, blocks[index + 1]))
  const saved = steps.flatMap((step) => (step.kind === 'save' ? importsOf(step.code) : []))
  return { steps, imports: [...new Set(saved)] }
}

/** Whether the page shows what a command prints, so that there is something to compare. */
export function isFollowed({ steps }: Page): boolean {
  return steps.some((step) => step.kind === 'run' && step.output !== undefined)
}

interface TextAndBlock extends Block {
  /** What stands between the block before and this one. */
  readonly before: string
}

function blocksWithText(markdown: string): readonly TextAndBlock[] {
  let end = 0
  return [...markdown.matchAll(/^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm)].map((match) => {
    const [whole, language = '', text = ''] = match
    const before = markdown.slice(end, match.index)
    end = match.index + whole.length
    return { language, text, before }
  })
}

function stepsAt(block: TextAndBlock, next: TextAndBlock | undefined): readonly Step[] {
  const { language, text, before } = block
  if (language !== 'sh') {
    const file = [...before.matchAll(SAVE)].at(-1)?.[1]
    return file === undefined ? [] : [{ kind: 'save', file, code: text }]
  }
  const reason = NOT_RUN.exec(before)?.[1]
  if (reason !== undefined) return [{ kind: 'skip', commands: text, reason }]
  const output = next?.language === 'text' && next.before.trim() === '' ? next.text : undefined
  return [{ kind: 'run', commands: text, output }]
}
