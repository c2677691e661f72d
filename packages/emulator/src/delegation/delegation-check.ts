import { errors, type JWTPayload, jwtVerify } from 'jose'
import { type EmulatorSettings, issuerOf } from '../options.ts'
import type { IssuedTokens } from './delegation.ts'
import type { TenantKeys } from './signing-keys.ts'

export interface DelegationCheck {
  readonly settings: EmulatorSettings
  readonly issued: IssuedTokens
  readonly keys: TenantKeys
}

/**
 * Returns the claims of a delegation token of the emulator's own tenant. Throws an error of jose for any
 * other token.
 */
export async function checkDelegation(
  token: string,
  { settings, issued, keys }: DelegationCheck,
  audience?: string,
): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, await keys.of(settings.tenantId).publicKey(), {
    algorithms: ['RS256'],
    issuer: issuerOf(settings, settings.tenantId),
    ...(audience !== undefined && { audience }),
    requiredClaims: ['exp', 'iat', 'sub', 'jti'],
    currentDate: new Date(settings.clock.now()),
  })
  if (issued.endedEarly.has(String(payload.jti))) {
    throw new errors.JWTExpired('ended early', payload, 'exp', 'check_failed')
  }
  return payload
}
