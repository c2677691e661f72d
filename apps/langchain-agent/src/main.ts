import { runAnalystDemo } from '@authsec-apps/demo-kit'
import { analyst } from './analyst.ts'

await runAnalystDemo({ framework: 'LangChain', name: 'langchain-agent', analyst })
