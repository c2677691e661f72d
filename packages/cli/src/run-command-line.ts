import { Command, CommanderError, Option } from 'commander'
import type { Io } from './output/io.ts'
import { withoutSecrets } from './output/text.ts'
import { UsageError } from './output/usage-error.ts'
import { VERSION } from './version.ts'

/** Reads the arguments and runs the command. Returns the exit code. */
export async function runCommandLine(args: readonly string[], io: Io): Promise<number> {
  // The emulator has a command line of its own, with the same flags.
  if (args[0] === 'emulator')
    return (await import('./commands/emulator.ts')).emulator(args.slice(1))
  const state: { code: number } = { code: 0 }
  const program = createProgram(io, (code) => {
    state.code = code
  })
  try {
    if (args[0] === 'complete') (await import('@bomb.sh/tab/commander')).default(program)
    await program.parseAsync([...args], { from: 'user' })
    return state.code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (error instanceof UsageError) {
      io.err(`authsec: ${withoutSecrets(error.message)}\n`)
      return 2
    }
    const name = error instanceof Error ? error.name : 'error'
    io.err(`authsec: an unexpected ${name} ended the command.\n`)
    return 1
  }
}

type Done = (code: number) => void

function createProgram(io: Io, done: Done): Command {
  const program = new Command('authsec')
    .description('Finds what keeps an agent from its token or its API, and starts a project.')
    .version(VERSION)
    // Before any `command`: a subcommand would otherwise end the process.
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(withoutSecrets(text)),
      getOutHasColors: () => io.hasColor,
      getErrHasColors: () => io.hasColor,
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 fine, 1 a finding or a failure, 2 a mistake on the command line.\nCompletion: authsec complete bash|zsh|fish|powershell prints a script.\n',
    )
  addDoctor(program, io, done)
  addToken(program, io, done)
  addCall(program, io, done)
  addAudit(program, io, done)
  addExplain(program, io, done)
  addInit(program, io, done)
  program
    .command('emulator')
    .description('runs a local AuthSec server; `authsec emulator --help` lists its options')
    .allowUnknownOption()
  return program
}

/** The options of every command that talks to AuthSec. */
function serverCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--base-url <url>', 'the AuthSec server (AUTHSEC_BASE_URL)')
    .option('--client-id <id>', 'the client ID of the agent (AUTHSEC_AGENT_CLIENT_ID)')
    .option('--tenant <id>', 'the tenant (AUTHSEC_TENANT_ID)')
    .option('--api <url>', 'the protected API (AUTHSEC_API_URL)')
    .option('--proxy <url>', 'the proxy (AUTHSEC_PROXY)')
    .option(
      '--env-file <file>',
      'variables that are not set otherwise (default: .env if it is there)',
    )
    .option('--json', 'print JSON')
}

function addDoctor(program: Command, io: Io, done: Done): void {
  serverCommand(program, 'doctor', 'finds out why an agent gets no token or no answer')
    .option('--endpoint <path>', 'a protected path of the API to ask with GET')
    .option('--audience <name...>', 'the audience that the API expects')
    .option('--permission <name...>', 'permissions that the agent needs')
    .option(
      '--operations <file>',
      'the operations whose permissions are compared, as for authsec-mcp',
    )
    .option('--approver <email>', 'who approves; nobody is asked')
    .option('--ciba-client-id <id>', 'the client of the tenant or workspace flow of approvals')
    .option(
      '--audit <path>',
      'the folder, the name or a file of an audit log that is being written',
    )
    .option('--audit-key-env <name>', 'the variable with the key of its chain')
    .option(
      '--store <address>',
      'the store that agents share: redis://…, sqlite:PATH, or env:NAME for a variable that holds it',
    )
    .option('--timeout <seconds>', 'the longest time for one step (default: 10)')
    .option('--verbose', 'also print the facts')
    .action(async (flags) => done(await (await import('./commands/doctor.ts')).doctor(flags, io)))
}

function addToken(program: Command, io: Io, done: Done): void {
  serverCommand(program, 'token', 'pulls the delegation token and shows what it is')
    .option('--raw', 'print the token itself: a secret')
    .action(async (flags) => done(await (await import('./commands/token.ts')).token(flags, io)))
}

function addCall(program: Command, io: Io, done: Done): void {
  serverCommand(program, 'call', 'makes one guarded call of the API')
    .argument('<endpoint>', 'a path below the API')
    .option('--method <method>', 'the HTTP method (default: GET)')
    .option('--json-body <json>', 'the body')
    .option('--query <name=value...>', 'parameters of the query')
    .option('--permission <name...>', 'permissions that the token must carry')
    .action(async (endpoint, flags) =>
      done(await (await import('./commands/call.ts')).call(endpoint, flags, io)),
    )
}

const PATHS = 'files, a folder, or the name that `file.path` gives the log'

function addAudit(program: Command, io: Io, done: Done): void {
  const audit = program.command('audit').description('verifies and shows the files of an audit log')
  audit
    .command('verify')
    .description('finds lines that were altered, removed, moved or cut off')
    .argument('<path...>', PATHS)
    .option('--key-env <name>', 'the variable with the key of the chain, if it has one')
    .option(
      '--anchor <anchor>',
      'a last line that was kept elsewhere: FILE, SEQ:HASH or CHAIN:SEQ:HASH',
    )
    .option('--json', 'print JSON')
    .action(async (paths, flags) =>
      done(await (await import('./commands/audit-verify.ts')).auditVerify(paths, flags, io)),
    )
  audit
    .command('show')
    .description('shows who called what, with which permission, approved by whom')
    .argument('<path...>', PATHS)
    .option('--who <name>', 'only of this user, caller or client')
    .option('--refused', 'only what a rule, a person or the API refused')
    .option('--approved', 'only what a person approved')
    .option('--run <id>', 'only of this run')
    .option('--json', 'print the records as JSON lines')
    .action(async (paths, flags) =>
      done(await (await import('./commands/audit-show.ts')).auditShow(paths, flags, io)),
    )
}

function addExplain(program: Command, io: Io, done: Done): void {
  program
    .command('explain')
    .description('tells what a code means, where it comes from, and the remedy')
    .argument('<code>', 'the code of an error or of a finding')
    .option('--json', 'print JSON')
    .action(async (code, flags) =>
      done(await (await import('./commands/explain.ts')).explain(code, flags, io)),
    )
}

function addInit(program: Command, io: Io, done: Done): void {
  const frameworks = ['langchain', 'ai-sdk', 'mastra', 'openai-agents', 'llamaindex', 'mcp', 'none']
  program
    .command('init')
    .description('writes an agent of ten lines that runs at once, and .env.example')
    .addOption(new Option('--framework <name>', 'what the agent is made with').choices(frameworks))
    .option('--dir <directory>', 'where to write (default: the working directory)')
    .option('--yes', 'ask nothing: without --framework, none')
    .option('--json', 'print JSON')
    .action(async (flags) => done(await (await import('./commands/init.ts')).init(flags, io)))
}
