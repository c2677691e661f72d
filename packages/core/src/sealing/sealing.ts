import { hash } from '#runtime/platform/hashing'
import { approvalError } from '../channels/approval-errors.ts'
import type { ClientConfig } from '../config/config.ts'
import type { RawSealingKey } from '../options/sealing-keys.ts'
import { openText, sealText } from '../store/jwe.ts'
import { type Envelope, type EnvelopeParties, envelopeText, readEnvelope } from './envelope.ts'

/** Turns questions into texts that other processes of the same agent can carry on. */
export interface Sealing {
  seal(envelope: Envelope): Promise<string>
  /** Throws `ApprovalError`: `approval_invalid` for any text that is not a sealed approval of this agent, `approval_expired` for an old one. */
  open(sealed: unknown): Promise<Envelope>
}

const TYPE = 'authsec-approval+jwe'
/** Longer texts are none of ours, and need not be decrypted. */
const MOST_CHARACTERS = 16_384

export function createSealing({
  clock,
  authSecUrl,
  clientId,
  approvalKeys,
}: Pick<ClientConfig, 'clock' | 'authSecUrl' | 'clientId' | 'approvalKeys'>): Sealing {
  const parties: EnvelopeParties = {
    audience: authSecUrl.href,
    subject: hash('sha256', `authsec.approval\0${clientId}`),
  }
  const ring = (): readonly RawSealingKey[] => approvalKeys ?? processKeys()

  return {
    seal: (envelope) => sealText(envelopeText(envelope, parties, clock.now()), TYPE, ring()),
    async open(sealed) {
      const isText = typeof sealed === 'string' && sealed.length <= MOST_CHARACTERS
      const text = isText ? await openText(sealed, TYPE, ring()) : undefined
      const envelope = text === undefined ? undefined : readEnvelope(text, parties, clock.now())
      if (envelope === 'expired') throw approvalError('approval_expired')
      if (!envelope) throw approvalError('approval_invalid')
      return envelope
    },
  }
}

let ofProcess: readonly RawSealingKey[] | undefined

/** Without configured keys: one that ends with the process. */
function processKeys(): readonly RawSealingKey[] {
  const make = (): RawSealingKey => {
    return { kid: 'process', bytes: crypto.getRandomValues(new Uint8Array(32)) }
  }
  ofProcess ??= [make()]
  return ofProcess
}
