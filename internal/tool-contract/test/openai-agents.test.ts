import { describeToolContract } from '../src/contract.ts'
import { openaiAgentsHarness } from '../src/openai-agents-harness.ts'

describeToolContract('the OpenAI Agents SDK', openaiAgentsHarness)
