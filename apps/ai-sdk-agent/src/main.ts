import { runAnalystDemo } from '@authsec-apps/demo-kit'

await runAnalystDemo({
  framework: 'Vercel AI SDK',
  name: 'ai-sdk-agent',
  load: () => import('./analyst.ts'),
})
