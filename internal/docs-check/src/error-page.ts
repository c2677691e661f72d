import { errorCodes as cli, doctorCodes } from '@authsec/cli/error-codes'
import { errorCodes as core } from '@authsec/core/error-codes'
import { errorCodes as emulator } from '@authsec/emulator/error-codes'
import { errorCodes as llamaindex } from '@authsec/llamaindex/error-codes'
import { errorCodes as mcp } from '@authsec/mcp/error-codes'
import { errorCodes as verify } from '@authsec/verify/error-codes'

interface Entry {
  readonly meaning: string
  readonly cause: string
  readonly fix: string
}

interface CodeTable {
  /** The folder of the package. */
  readonly folder: string
  readonly about: string
  readonly codes: Readonly<Record<string, Entry>>
}

/** The codes of every package that has codes of its own. */
export const codeTables: readonly CodeTable[] = [
  {
    folder: 'core',
    about:
      'Errors of the client and outcomes of tools. The packages for LangChain, AI SDK, Mastra and the OpenAI Agents SDK have these codes and no others.',
    codes: core,
  },
  {
    folder: 'verify',
    about: 'Why an API rejects a token, and mistakes in the options of the verifier.',
    codes: verify,
  },
  {
    folder: 'mcp',
    about: "What the MCP server adds. Its tools and its options have core's codes.",
    codes: mcp,
  },
  {
    folder: 'llamaindex',
    about: "What the reader adds to core's codes, in a `ReadError`.",
    codes: llamaindex,
  },
  {
    folder: 'emulator',
    about:
      'What the emulator says for itself. What it answers in place of AuthSec is in the [wire contract](wire-contract.md).',
    codes: emulator,
  },
  {
    folder: 'cli',
    about:
      "What the command `authsec` adds to core's codes. The findings of its doctor have a [page of their own](doctor.md).",
    codes: Object.fromEntries(Object.entries(cli).filter(([code]) => !(code in doctorCodes))),
  },
]

/** The text of docs/errors.md. */
export function errorPage(tables: readonly CodeTable[] = codeTables): string {
  return [...INTRODUCTION, ...tables.flatMap(section), ''].join('\n')
}

const INTRODUCTION = [
  '# Error codes',
  '',
  'Written by `pnpm errors` from the tables that each package exports as `errorCodes` from its entry',
  '`/error-codes`. An error has a `code`, a `message` that names the cause and a `hint` that names the remedy;',
  'the outcome of a tool has `code` and `message`. Message and hint know the case, and say more than this page.',
  '',
]

function section({ folder, about, codes }: CodeTable): string[] {
  const entries = Object.entries(codes)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([code, { meaning, cause, fix }]) => [
      `### \`${code}\``,
      '',
      meaning,
      '',
      `- **Cause**: ${cause}`,
      `- **Fix**: ${fix}`,
      '',
    ])
  return [`## @authsec/${folder}`, '', about, '', ...entries]
}
