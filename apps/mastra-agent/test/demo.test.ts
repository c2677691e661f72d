import { describeDemo } from '@authsec-apps/demo-kit/test'

describeDemo('apps/mastra-agent/src/main.ts', 'Mastra')
