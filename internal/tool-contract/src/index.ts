export { describeToolContract } from './contract.ts'
export type { ContractHarness, OrderedTool, ShownTool, Turn, TurnResult } from './harness.ts'
export { TOOL_NAME } from './harness.ts'
