import { withoutFiles } from '../platform/no-files.ts'
import type { FileLine } from './file-lines.ts'

// biome-ignore lint/correctness/useYield: nothing can be read here
export async function* linesOf(_path: string): AsyncGenerator<FileLine> {
  throw withoutFiles('linesOf', 'Read the log where its files are.')
}
