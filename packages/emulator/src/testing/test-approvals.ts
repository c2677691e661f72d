import type { ApprovalSummary } from '../ciba/decidable-request.ts'
import type { EmulatorControl } from '../control.ts'
import { checkOptions, type OptionChecks } from '../support/option-checks.ts'
import { boolean, choice, optional } from '../support/option-values.ts'

export type TestAnswer = 'approve' | 'deny' | 'expire'

export interface AnswerOptions {
  /** Answers every further question in this way, and all that are open. Default: false, the next one. */
  readonly all?: boolean
}

/** The people whom the agents of a test ask. */
export interface TestApprovals {
  /**
   * Answers the newest open question, or else the next one as soon as it is asked. `expire` lets it expire
   * unanswered. Nothing has to be waited for.
   */
  answer(answer: TestAnswer, options?: AnswerOptions): void
  /** All questions so far, oldest first. */
  readonly all: readonly ApprovalSummary[]
}

const isAnswer = choice('approve', 'deny', 'expire')
const checks: OptionChecks<AnswerOptions> = { all: optional(boolean) }

export function testApprovals(control: EmulatorControl): TestApprovals {
  const decide: Readonly<Record<TestAnswer, (id: string) => void>> = {
    approve: control.approve,
    deny: control.deny,
    expire: control.expireApproval,
  }
  const open = (): readonly ApprovalSummary[] =>
    control.approvals().filter(({ status }) => status === 'pending')

  return {
    answer(answer, options = {}) {
      isAnswer(answer, 'answer')
      checkOptions<AnswerOptions>(options, 'the options of the answer', checks)
      const questions = options.all ? open() : open().slice(-1)
      for (const { authReqId } of questions) decide[answer](authReqId)
      if (options.all) control.setApprovals(answer)
      else if (questions.length === 0) control.scriptApproval(answer)
    },
    get all() {
      return control.approvals()
    },
  }
}
