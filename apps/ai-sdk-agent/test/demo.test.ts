import { describeDemo } from '@authsec-apps/demo-kit/test'

describeDemo('apps/ai-sdk-agent/src/main.ts', 'Vercel AI SDK')
