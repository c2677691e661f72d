import { secureFetchHost, toolHost } from '../src/core-hosts.ts'
import { describeDurableRuns } from '../src/describe-durable-runs.ts'

describeDurableRuns(toolHost, { runs: 20 })
describeDurableRuns(secureFetchHost, { runs: 20 })
