import type { AnswerForm, SecureFetchResponse } from '../call/response-guard.ts'
import type { CallContext, SecureFetchRequest } from '../call/secure-fetch-request.ts'
import type { AuthSecClient } from '../client/client.ts'
import type { Scrubber } from '../scrub/secret-scrubber.ts'
import type { AnswerPlan } from './answer-options.ts'
import { bytesShown } from './bytes-answer.ts'
import { type PagesRead, readPages } from './read-pages.ts'
import { transformed } from './transform.ts'

/** The answer of an operation as it came, and what its data was made of. */
export interface ReadAnswer {
  readonly response: SecureFetchResponse
  readonly scrubber?: Scrubber | undefined
  readonly pages?: PagesRead | undefined
}

interface PlannedAnswer {
  readonly client: AuthSecClient
  readonly request: SecureFetchRequest
  readonly context: CallContext
  readonly plan: AnswerPlan | undefined
  readonly enough: number
  codeOf(response: SecureFetchResponse): string
}

/** Sends a call, and the calls of its further pages. Throws what `secureFetch` throws. */
export async function readAnswer(call: PlannedAnswer): Promise<ReadAnswer> {
  const { client, request, plan } = call
  const scrubbers = new Map<object, Scrubber>()
  let url: URL | undefined
  const answer: AnswerForm = {
    ...plan?.form,
    received(sentTo, found, token) {
      url = sentTo
      scrubbers.set(token, found)
    },
  }
  const context = { ...call.context, answer }
  const response = await client.secureFetch(request, context)
  if (!response.ok || !plan?.pages) return { response, scrubber: allOf(scrubbers) }
  const paged = { ...call, context, rules: plan.pages, select: plan.select, lastUrl: () => url }
  const pages = await readPages(response, paged)
  return { response, scrubber: allOf(scrubbers), pages }
}

/** The token of a later page may be another, and what a transform unpacks is of all pages. */
function allOf(scrubbers: ReadonlyMap<object, Scrubber>): Scrubber | undefined {
  const all = [...scrubbers.values()]
  const [only] = all
  if (all.length <= 1) return only
  return {
    openEnd: (text) => Math.max(...all.map((one) => one.openEnd(text))),
    text: (text) =>
      inTurn(
        text,
        all.map((one) => one.text),
      ),
    json: (value) =>
      inTurn(
        value,
        all.map((one) => one.json),
      ),
  }
}

function inTurn<Value>(
  given: Value,
  scrubs: readonly ((value: Value) => { readonly value: Value; readonly redacted: boolean })[],
): { readonly value: Value; readonly redacted: boolean } {
  let clean = { value: given, redacted: false }
  for (const scrub of scrubs) {
    const { value, redacted } = scrub(clean.value)
    clean = { value, redacted: redacted || clean.redacted }
  }
  return clean
}

/** What the model sees of a success. Throws what the program's own function throws, and the signal's reason. */
export async function shownData(
  { response, scrubber, pages }: ReadAnswer,
  { select, transform }: AnswerPlan,
  { tool, signal }: { tool: string; signal?: AbortSignal | undefined },
): Promise<unknown> {
  const { status, headers, data = null } = response
  const selected = pages?.items ?? (select && data !== null ? select(data) : data)
  if (transform) {
    return transformed(transform, { tool, data: selected, status, headers, signal, scrubber })
  }
  return selected instanceof Uint8Array ? bytesShown(selected, headers['content-type']) : selected
}
