import type { CodeFacts } from '../doctor/codes.ts'

/** The codes of the commands themselves. Most that they print are those of `@authsec/core`. */
export const commandCodes = {
  file_exists: {
    meaning: 'A file that `authsec init` would write exists already, so nothing was written.',
    cause: 'The directory has an agent or an example of variables.',
    fix: 'Remove the file, or choose another directory with --dir.',
  },
  not_written: {
    meaning: 'The files of `authsec init` could not be written, so there are none.',
    cause: 'The directory may not be written to, or a part of its path is a file.',
    fix: 'Choose another directory with --dir.',
  },
  code_unknown: {
    meaning: 'No package of AuthSec has this code.',
    cause: 'The code is misspelt, or of a package that is not installed here.',
    fix: 'Correct the code, or run the command in the project where it occurred.',
  },
  unexpected: {
    meaning: 'A command ended with an error that no package knows.',
    cause: 'This is a fault of the command, or of the system that it runs on.',
    fix: 'Report it with the command that you ran, without its secrets.',
  },
} as const satisfies Readonly<Record<string, CodeFacts>>
