export { startEmulator } from '#runtime/start-emulator'
export type { ApprovalMode, ApprovalScript } from './ciba/approval-script.ts'
export type {
  ActionStatus,
  ApprovalStatus,
  ApprovalSummary,
  PingStatus,
} from './ciba/decidable-request.ts'
export type { CloudExchangeMode } from './cloud/cloud-exchange.ts'
export type { EmulatorControl } from './control.ts'
export type { EmulatorAgent } from './delegation/agent-options.ts'
export type { AgentSummary, DelegationSummary } from './delegation/agent-summary.ts'
export type { DelegateOptions } from './delegation/delegation-options.ts'
export type { EmulatorPolicy } from './delegation/delegation-policies.ts'
export type { EmulatorUser } from './delegation/users.ts'
export type { EmulatorHandler } from './emulator.ts'
export { createEmulator } from './emulator.ts'
export type { ConfigErrorCode, ConfigErrorOptions } from './errors.ts'
export { ConfigError } from './errors.ts'
export type { Fault, FaultOptions } from './faults/fault.ts'
export type { PendingFault } from './faults/fault-queue.ts'
export type { EmulatorOptions, EmulatorProfile } from './options.ts'
export type { RecordedRequest } from './server/request-log.ts'
export type { Emulator, StartEmulatorOptions } from './start-emulator.ts'
export type { Clock } from './support/clock.ts'
export type { FetchFunction, ForwardTarget } from './vault/forward-target.ts'
export type { VaultMethod, VaultRequest, VaultRoute } from './vault/vault-route.ts'
