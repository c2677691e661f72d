import { describeToolContract } from '../src/contract.ts'
import { langChainHarness } from '../src/langchain-harness.ts'

describeToolContract('LangChain', langChainHarness)
