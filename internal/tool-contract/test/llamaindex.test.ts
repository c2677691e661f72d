import { describeToolContract } from '../src/contract.ts'
import { llamaIndexHarness } from '../src/llamaindex-harness.ts'

describeToolContract('LlamaIndex', llamaIndexHarness)
