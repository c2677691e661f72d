import { aiSdkHarness } from '../src/ai-sdk-harness.ts'
import { describeToolContract } from '../src/contract.ts'

describeToolContract('the AI SDK', aiSdkHarness(4))
