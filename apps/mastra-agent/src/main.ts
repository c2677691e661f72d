import { runAnalystDemo } from '@authsec-apps/demo-kit'

// Before Mastra is loaded: a demo of secrets that stay at home reports home to nobody.
process.env['MASTRA_TELEMETRY_DISABLED'] = '1'
const { analyst } = await import('./analyst.ts')

await runAnalystDemo({ framework: 'Mastra', name: 'mastra-agent', analyst })
