import { runAnalystDemo } from '@authsec-apps/demo-kit'

// Before Mastra is loaded: a demo of secrets that stay at home reports home to nobody.
process.env['MASTRA_TELEMETRY_DISABLED'] = '1'

await runAnalystDemo({
  framework: 'Mastra',
  name: 'mastra-agent',
  load: () => import('./analyst.ts'),
})
