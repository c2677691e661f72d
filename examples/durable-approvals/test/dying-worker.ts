/** A worker that dies when the person was asked and the engine does not know it yet. */
import { createAgent } from '../src/agent.ts'
import { serve } from '../src/serve.ts'

const { client, tool } = createAgent()
const dying = {
  ...client,
  async sealApproval(): Promise<string> {
    process.kill(process.pid, 'SIGKILL')
    return new Promise(() => undefined)
  },
}
serve({ client: dying, tool })
