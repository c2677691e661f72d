import { runAnalystDemo } from '@authsec-apps/demo-kit'

await runAnalystDemo({
  framework: 'LangChain',
  name: 'langchain-agent',
  load: () => import('./analyst.ts'),
})
