import { describeDemo } from '@authsec-apps/demo-kit/test'

describeDemo('apps/openai-agents-agent/src/main.ts', 'OpenAI Agents SDK')
