import type { OnStep } from './build-index.ts'

const WIDTH = 24

export interface ProgressBar {
  show: OnStep
  clear(): void
}

/** One line on standard error that is redrawn. Nothing is written when it is not a terminal. */
export function createProgressBar(
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
): ProgressBar {
  const draw = (text: string): void => {
    if (stream.isTTY) stream.write(`\r\u001b[2K${text}`)
  }
  return {
    show(what, done, total) {
      const filled = total === undefined ? 0 : Math.round((done / total) * WIDTH)
      const bar = total === undefined ? '' : `[${'#'.repeat(filled).padEnd(WIDTH, '.')}] `
      draw(`  ${bar}${done}${total === undefined ? '' : ` of ${total}`} ${what}`)
    },
    clear: () => draw(''),
  }
}
