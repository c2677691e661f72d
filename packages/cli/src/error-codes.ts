import { commandCodes } from './commands/command-codes.ts'
import { doctorCodes as byName, type CodeFacts } from './doctor/codes.ts'

export type { CodeFacts } from './doctor/codes.ts'

/** Every code of `authsec doctor`: the table of docs/doctor.md. */
export const doctorCodes: Readonly<Record<string, CodeFacts>> = byName

/** Every code of this package: those of the doctor, and those of the other commands. Other packages have a table of the same shape. */
export const errorCodes: Readonly<Record<string, CodeFacts>> = Object.freeze({
  ...byName,
  ...commandCodes,
})
