import { describeToolContract } from '../src/contract.ts'
import { mcpHarness } from '../src/mcp-harness.ts'

describeToolContract('MCP 2025-11-25', mcpHarness('legacy'))
