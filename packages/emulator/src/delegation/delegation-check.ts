import { errors, type JWTPayload, jwtVerify } from 'jose'
import { type EmulatorSettings, issuerOf } from '../options.ts'
import type { DelegationStore } from './delegation.ts'
import type { SigningKey } from './signing-keys.ts'

export interface DelegationCheck {
  readonly settings: EmulatorSettings
  readonly store: DelegationStore
  readonly tenantKey: SigningKey
}

/** Returns the claims of a delegation token of this tenant. Throws an error of jose for any other token. */
export async function checkDelegation(
  token: string,
  { settings, store, tenantKey }: DelegationCheck,
  audience?: string,
): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, await tenantKey.publicKey(), {
    algorithms: ['RS256'],
    issuer: issuerOf(settings),
    ...(audience !== undefined && { audience }),
    requiredClaims: ['exp', 'iat', 'sub', 'jti'],
    currentDate: new Date(settings.clock.now()),
  })
  if (store.isEndedEarly(String(payload.jti))) {
    throw new errors.JWTExpired('ended early', payload, 'exp', 'check_failed')
  }
  return payload
}
