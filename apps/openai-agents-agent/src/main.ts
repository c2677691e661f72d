import { runAnalystDemo } from '@authsec-apps/demo-kit'

await runAnalystDemo({
  framework: 'OpenAI Agents SDK',
  name: 'openai-agents-agent',
  load: () => import('./analyst.ts'),
})
