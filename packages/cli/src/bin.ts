#!/usr/bin/env node
import { runAuthSec } from './run-authsec.ts'
import { VERSION } from './version.ts'

const args = process.argv.slice(2)

// `authsec audit show … | head`: who reads has enough, which is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

// Without the parser of arguments, which takes as long to load as Node.js takes to start.
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${VERSION}\n`)
} else {
  process.exitCode = await runAuthSec(args)
}
