import { Buffer } from '#runtime/platform/bytes'
import { createHmac, randomUUID } from '#runtime/platform/hashing'
import { DelegationError } from '../errors.ts'
import type { RawSealingKey } from '../options/sealing-keys.ts'
import { openText, sealText } from '../store/jwe.ts'
import { parseObject } from '../support/json-object.ts'
import { type DelegationAnswer, MAX_ANSWER_BYTES, readAnswer } from '../token/delegation-api.ts'
import type { TokenConfig } from '../token/token-config.ts'

/** An answer of AuthSec that a process of this agent put into the store. */
export interface StoredAnswer extends DelegationAnswer {
  readonly ageMs: number
  /** When AuthSec gave it, by its clock where that is known. */
  readonly confirmedAt: number
  /** Another one for each time that it was put there. */
  readonly id: string
}

const FORMAT = 'authsec.token/1'
const TYPE = 'authsec-token+jwe'
/** Longer texts are none of ours, and need not be decrypted: base64url of the longest answer takes four thirds of it. */
const MOST_CHARACTERS = 2 * MAX_ANSWER_BYTES
/** How far the clocks of two processes may differ. */
export const SKEW_MS = 60_000

/**
 * Where an agent's entry stands. Nobody without the key can tell whose it is, not even by trying client IDs. All that
 * makes the token another one is in it, and so is the session: who may not pull a token does not find it either.
 */
export function entryName(config: TokenConfig, { bytes }: RawSealingKey): string {
  const { authSecUrl, clientId, tenantId, apiToken } = config
  const whose = JSON.stringify([authSecUrl.href, clientId, tenantId ?? null, apiToken ?? null])
  const key = createHmac('sha256', bytes).update(`${FORMAT} name`).digest()
  return `token-${createHmac('sha256', key).update(whose).digest('base64url')}`
}

/** The text for the store, or nothing for an answer that is too long. It has the form of an answer (contract 1.2), so that one check reads both. */
export async function sealEntry(
  { token, serverTime }: DelegationAnswer,
  { clock, clientId }: TokenConfig,
  { key, name }: { readonly key: RawSealingKey; readonly name: string },
): Promise<string | undefined> {
  const answer = {
    token: token.value,
    client_id: clientId,
    expires_at: token.expiresAt.toISOString(),
    permissions: token.permissions,
    audience: token.audience,
    tenant_id: token.tenantId,
  }
  const times = { at: clock.now(), server: serverTime }
  const entry = { v: FORMAT, name, id: randomUUID(), ...times, answer }
  const sealed = await sealText(JSON.stringify(entry), TYPE, [key])
  return sealed.length <= MOST_CHARACTERS ? sealed : undefined
}

/**
 * The answer in an entry, checked as one that came from AuthSec; nothing for any other text.
 *
 * @param offsetMs - How far the server's clock is ahead of ours, where this process knows it.
 */
export async function openEntry(
  sealed: unknown,
  config: TokenConfig,
  {
    key,
    name,
    offsetMs,
  }: { readonly key: RawSealingKey; readonly name: string; readonly offsetMs: number | undefined },
): Promise<StoredAnswer | undefined> {
  const isText = typeof sealed === 'string' && sealed.length <= MOST_CHARACTERS
  const text = isText ? await openText(sealed, TYPE, [key]) : undefined
  const { v, name: its, id, at, server, answer } = parseObject(text ?? '') ?? {}
  const isTimed = isTime(at) && (server === undefined || isTime(server))
  if (v !== FORMAT || its !== name || typeof id !== 'string' || !isTimed) return undefined
  const confirmedAt = server ?? at
  // Of a stranger's clock it only counts when it ends the token sooner: that machine's may be wrong, and ours right.
  const serverNow = config.clock.now() + (offsetMs ?? Math.max(0, confirmedAt - at))
  const ageMs = serverNow - confirmedAt
  if (ageMs < -SKEW_MS) return undefined
  const checked = checkedAnswer(answer, serverNow, config)
  return checked && { ...checked, ageMs: Math.max(0, ageMs), confirmedAt, id }
}

function checkedAnswer(
  answer: unknown,
  serverNow: number,
  config: TokenConfig,
): DelegationAnswer | undefined {
  // A date has whole seconds. Rounded up, no token lives longer.
  const date = new Date(serverNow + 999).toUTCString()
  const body = Buffer.from(JSON.stringify(answer) ?? '')
  try {
    // Whoever got the answer was warned about it.
    return readAnswer({ status: 200, headers: { date }, body }, config, () => undefined)
  } catch (error) {
    if (DelegationError.isInstance(error)) return undefined
    throw error
  }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= 8_640_000_000_000_000 - SKEW_MS
}
