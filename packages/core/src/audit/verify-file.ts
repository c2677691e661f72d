import { ConfigError, systemCodeOf } from '../errors.ts'
import { type FileLine, linesOf } from '../files/file-lines.ts'
import { isText } from '../options/option-values.ts'
import type { AuditVerification, VerifyOptions } from './verification.ts'
import { verifyLines } from './verify-log.ts'

/** For a problem `line` counts within `file`, which is the path of the file that has it. */
export type AuditFileVerification = AuditVerification & { readonly file: string }

/**
 * Verifies a file of an audit log, or several files of one log in their order, byte for byte: see
 * `verifyAuditLog`. Files of any size are read as a stream. Several files are verified as one log, so that a file
 * that is missing between two is found; a single file may go on from an earlier one.
 *
 * @throws ConfigError - `config_invalid` for a file that cannot be read; `systemCode` names the failure. Further
 * as of `verifyAuditLog`.
 *
 * @example
 * ```ts
 * import { verifyAuditFile } from '@authsec/core/audit'
 *
 * const result = await verifyAuditFile(process.argv[2] ?? '')
 * if (!result.ok) {
 *   console.error(`${result.file}, line ${result.line}: ${result.message}`)
 *   process.exitCode = 1
 * }
 * ```
 */
export async function verifyAuditFile(
  path: string | readonly string[],
  options: VerifyOptions = {},
): Promise<AuditFileVerification> {
  const paths: readonly string[] = Array.isArray(path) ? path : [path]
  for (const one of paths) isText(one, 'path')
  if (paths.length === 0) isText(undefined, 'path')
  const starts: number[] = []
  const result = await readable(verifyLines(allLines(paths, starts), options))
  if (result.ok) return { ...result, file: paths.at(-1) ?? '' }
  const index = starts.findLastIndex((start) => start < result.line)
  return {
    ...result,
    line: result.line - (starts[index] ?? 0),
    file: paths[Math.max(0, index)] ?? '',
  }
}

/** @param starts - Gets how many lines come before each file. */
async function* allLines(paths: readonly string[], starts: number[]): AsyncGenerator<FileLine> {
  let count = 0
  for (const path of paths) {
    starts.push(count)
    for await (const line of linesOf(path)) {
      count += 1
      yield line
    }
  }
}

async function readable<T>(result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    if (systemCodeOf(error) === undefined || ConfigError.isInstance(error)) throw error
    throw new ConfigError({
      code: 'config_invalid',
      message: 'path cannot be read.',
      hint: 'Name a file of an audit log that this user may read. `systemCode` names the failure.',
      cause: error,
    })
  }
}
