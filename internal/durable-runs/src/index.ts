export type { DurableRunsOptions } from './describe-durable-runs.ts'
export { describeDurableRuns } from './describe-durable-runs.ts'
export type {
  CallName,
  Host,
  HostProcess,
  Payment,
  ProcessWorld,
  Progress,
  Resumption,
  Wrong,
} from './host.ts'
