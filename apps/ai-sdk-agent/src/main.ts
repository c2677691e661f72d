import { runAnalystDemo } from '@authsec-apps/demo-kit'
import { analyst } from './analyst.ts'

await runAnalystDemo({ framework: 'Vercel AI SDK', name: 'ai-sdk-agent', analyst })
