import type { EmulatorSettings } from '../options.ts'
import { markFault } from '../server/connection-fault.ts'
import { pause } from '../support/clock.ts'
import type { Fault } from './fault.ts'
import {
  cutJson,
  echo,
  headersFlood,
  html,
  otherStatus,
  redirect,
  shiftDate,
} from './fault-answers.ts'
import { bomb, drip, oversize } from './fault-streams.ts'
import { type AlteredClaims, alterDelegation, type DelegationSigner } from './forged-delegation.ts'

export interface FaultContext extends DelegationSigner {
  readonly settings: EmulatorSettings
}

/**
 * Turns a fault into a response. `handle` returns the response of the server without the fault. A fault
 * that does not call it prevents the request from taking effect.
 */
export async function answerWithFault(
  fault: Fault,
  request: Request,
  handle: () => Promise<Response>,
  context: FaultContext,
): Promise<Response> {
  const { settings } = context
  switch (fault.kind) {
    case 'hang':
    case 'reset':
      return markFault(new Response(null), fault.kind)
    case 'drop_after_handling':
      return markFault(await handle(), 'reset')
    case 'reset_mid_body':
    case 'truncated':
      return markFault(await handle(), fault.kind)
    case 'delay': {
      const response = await handle()
      await pause(settings.clock, fault.ms, request.signal)
      return response
    }
    case 'drip':
      return drip(await handle(), fault.ms, request.signal, settings.clock)
    case 'truncated_json':
      return cutJson(await handle())
    case 'status':
      return otherStatus(fault)
    // The route itself looks for this fault.
    case 'reuse_approval':
      return handle()
    case 'redirect':
      return redirect(fault.location, fault.status)
    case 'html':
      return html()
    case 'oversize':
      return oversize(fault.bytes)
    case 'bomb':
      return bomb(fault.encoding, fault.bytes)
    case 'headers_flood':
      return headersFlood()
    case 'echo':
      return echo(request, settings.clientId)
    case 'clock': {
      const response = await alterDelegation(await handle(), context, {
        kind: 'shift',
        seconds: fault.offsetSeconds,
      })
      return shiftDate(response, settings.clock.now() + fault.offsetSeconds * 1000)
    }
    default:
      return alterDelegation(await handle(), context, alteration(fault.kind, settings))
  }
}

function alteration(
  kind: Extract<AlteredClaims['kind'], Fault['kind']>,
  settings: EmulatorSettings,
): AlteredClaims {
  return kind === 'expired_token' ? { kind, endedAt: settings.clock.now() - 60_000 } : { kind }
}
