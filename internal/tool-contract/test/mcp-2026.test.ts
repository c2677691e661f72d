import { describeToolContract } from '../src/contract.ts'
import { mcpHarness } from '../src/mcp-harness.ts'

describeToolContract('MCP 2026-07-28', mcpHarness('auto'))
