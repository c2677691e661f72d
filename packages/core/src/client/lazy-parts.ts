import type { CallApprovals } from '../approval/call-approval.ts'
import type { ExchangeCloudCredentials } from '../cloud/cloud-credentials.ts'
import type { ClientConfig } from '../config/config.ts'
import { ApprovalError, CloudExchangeError } from '../errors.ts'
import type { OnEvent } from '../events.ts'
import type { Transport } from '../http/transport.ts'
import { type Lazy, lazy, notLoaded } from '../support/lazy.ts'
import type { TokenSource } from '../token/token-source.ts'

export interface LazyParts {
  /** One for all of a client: who was asked, and how often, is known in one place. */
  readonly approvals: Lazy<CallApprovals>
  readonly exchange: Lazy<ExchangeCloudCredentials>
}

/** The parts of a client that most programs never use. Nothing is sent when one cannot be loaded. */
export function createLazyParts(
  config: ClientConfig,
  transport: Transport,
  tokens: TokenSource,
  emit: OnEvent,
): LazyParts {
  return {
    approvals: lazy(
      async () => (await import('./on-demand.ts')).createCallApprovals(config, transport, emit),
      (cause) => new ApprovalError({ code: 'approval_failed', ...notLoaded, cause }),
    ),
    exchange: lazy(
      async () =>
        (await import('./on-demand.ts')).createCloudExchange(config, transport, tokens, emit),
      (cause) => new CloudExchangeError({ code: 'not_available', ...notLoaded, cause }),
    ),
  }
}
