import {
  checkOptions,
  mustBe,
  type OptionCheck,
  type OptionChecks,
} from '../options/option-checks.ts'
import { optional } from '../options/option-values.ts'

/**
 * What is known of the request that a token came with, for `onDecision` alone: nothing in it changes a
 * decision. Middleware fills it in. Values come from callers, so each is checked before it is reported: one
 * that is too long or of another form is shortened or left out.
 */
export interface VerificationContext {
  /** The method of the request, such as `GET`. */
  readonly method?: string | undefined
  /** The route as the program declares it, such as `/records/:id`. */
  readonly route?: string | undefined
  /** The path or URL of the request. Origin, query and fragment are not reported. */
  readonly path?: string | undefined
  /** The ID of the request: at most 128 letters, digits and `._:@+=-`; middleware reads `x-request-id`. */
  readonly requestId?: string | undefined
  /** The ID that the client gave to the call: `call_` and 16 hex digits. Middleware reads the header that `callIdHeader` names. */
  readonly callId?: string | undefined
}

const isText: OptionCheck = optional((value, field) => {
  if (typeof value !== 'string') throw mustBe(field, 'a string', value)
})

const CONTEXT: OptionChecks<VerificationContext> = {
  method: isText,
  route: isText,
  path: isText,
  requestId: isText,
  callId: isText,
}

/** Throws a `ConfigError` for an unknown name and for a value that is no string. */
export function checkContext(context: unknown): asserts context is VerificationContext {
  checkOptions<VerificationContext>(context, 'the verification context', CONTEXT)
}
