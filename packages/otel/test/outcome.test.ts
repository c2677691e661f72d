import { errorCodes } from '@authsec/core/error-codes'
import { describe, expect, it } from 'vitest'
import * as core from '../../core/src/records/outcome-of-code.ts'
import { outcomeOfApproval, outcomeOfCode } from '../src/outcome.ts'

const codes = Object.keys(errorCodes)

describe('the outcome of a call in spans and metrics', () => {
  it.each([0, 1, 3, undefined])(
    'is that of the audit log after %s attempts, for every code',
    (attempts) => {
      expect(codes.length).toBeGreaterThan(50)
      const differing = [...codes, 'unexpected', 'constructor'].filter(
        (code) => outcomeOfCode(code, attempts) !== core.outcomeOfCode(code, attempts),
      )
      expect(differing).toEqual([])
    },
  )

  it('is that of the audit log for every end of an approval', () => {
    const ends = ['approved', 'cancelled', ...codes.filter((code) => code.startsWith('approval_'))]
    for (const end of ends) {
      expect(outcomeOfApproval(end), end).toBe(core.outcomeOfApproval(Object(end).valueOf()))
    }
  })
})
