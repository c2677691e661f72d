import { describeToolContract } from '../src/contract.ts'
import { mastraHarness } from '../src/mastra-harness.ts'

describeToolContract('Mastra', mastraHarness)
