import { parseArgs } from 'node:util'

export const TITLE = 'AuthSec for agent frameworks'
export const DESCRIPTION =
  'Give an AI agent a short-lived, scoped, revocable identity instead of a static API key.'

export type Command = 'build' | 'dev' | 'preview'

/** What the command line of `pnpm site` sets. */
export interface Settings {
  readonly command: Command
  /** What stands before every path of the site, with `/` at both ends. */
  readonly base: string
  /** The origin where the site is published, for the sitemap and `llms.txt`. */
  readonly url: string | undefined
  /** Whether listed pages may be missing: each is named, and the build goes on. */
  readonly draft: boolean
}

export const USAGE = 'pnpm site [build|dev|preview] [--base /path/] [--url https://host] [--draft]'

export function readSettings(args: readonly string[]): Settings {
  const options = {
    base: { type: 'string', default: '/' },
    url: { type: 'string' },
    draft: { type: 'boolean', default: false },
  } as const
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const [command = 'build', ...more] = positionals
  if (!isCommand(command) || more.length > 0) throw new Error(`Use: ${USAGE}`)
  if (values.url !== undefined && !URL.canParse(values.url)) {
    throw new Error(`--url must be an address such as https://docs.example.com, not ${values.url}.`)
  }
  const url = values.url === undefined ? undefined : new URL(values.url).origin
  return { command, base: `/${values.base}/`.replace(/\/+/g, '/'), url, draft: values.draft }
}

function isCommand(word: string): word is Command {
  return ['build', 'dev', 'preview'].includes(word)
}
