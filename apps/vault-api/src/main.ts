import { serve } from './serve.ts'
import { readSettings } from './settings.ts'
import { createVaultApp } from './vault-app.ts'

const HELP = `Vault API: a small API protected by AuthSec delegation tokens.

Usage: pnpm --filter @authsec-apps/vault-api start [options]

  --port N          port on 127.0.0.1 (default 7470; 0 takes any free one)
  --audience NAME   what tokens must carry in aud (default authsec-api)
  --help            this text

Environment:
  AUTHSEC_BASE_URL    the AuthSec server, or the emulator's address
  AUTHSEC_TENANT_ID   the tenant's UUID; tokens of others are refused

Answers GET /metrics (metrics:read), GET /records and GET /records/ID (records:read).
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
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const message =
    code === 'EADDRINUSE'
      ? 'The port is taken. Choose another with --port, or --port 0 for any free one.'
      : error instanceof Error
        ? error.message
        : 'The API could not start.'
  process.stderr.write(`vault-api: ${message}\n`)
  process.exitCode = 1
})
