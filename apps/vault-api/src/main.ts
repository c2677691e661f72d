import { ConfigError } from '@authsec/verify'
import { serve } from './serve.ts'
import { readSettings } from './settings.ts'
import { createVaultApp } from './vault-app.ts'

const HELP = `Vault API: a small API protected by AuthSec delegation tokens.

Usage: pnpm --filter @authsec-apps/vault-api start [options]

  --port N          port on 127.0.0.1 (default 7470; 0 takes any free port)
  --audience NAME   the aud claim that tokens must have (default authsec-api)
  --help            show this text

Environment:
  AUTHSEC_BASE_URL    the AuthSec server, or the emulator's address
  AUTHSEC_TENANT_ID   the tenant's UUID; tokens of other tenants are rejected

Serves GET /metrics (metrics:read), GET /records and GET /records/ID (records:read).
`

async function main(): Promise<void> {
  const { help, port, ...settings } = readSettings(process.argv.slice(2), process.env)
  if (help) return void process.stdout.write(HELP)
  const server = await serve(port, (publicUrl) => createVaultApp({ publicUrl, ...settings }).fetch)
  process.stdout.write(`Vault API on ${server.url}, audience ${settings.audience}\n`)
  process.once('SIGINT', server.close)
  process.once('SIGTERM', server.close)
}

main().catch((error: unknown) => {
  process.stderr.write(`vault-api: ${reasonOfFailure(error)}\n`)
  process.exitCode = 1
})

function reasonOfFailure(error: unknown): string {
  if (ConfigError.isInstance(error)) return `${error.message} ${error.hint}`
  if (!(error instanceof Error)) return 'The API could not start.'
  if ('code' in error && error.code === 'EADDRINUSE') {
    return 'The port is in use. Choose another with --port, or --port 0 for any free port.'
  }
  return error.message
}
