import { type CodeFacts, doctorCodes } from './doctor/codes.ts'

export type { CodeFacts } from './doctor/codes.ts'

/** Every code of `authsec doctor`: its meaning, its cause and its remedy. Other packages have a table of the same shape. */
export const errorCodes: Readonly<Record<string, CodeFacts>> = doctorCodes
