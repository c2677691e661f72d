import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { followPage } from '../src/readmes/follow-page.ts'
import { followables } from '../src/readmes/followables.ts'
import { isFollowed, readPage } from '../src/readmes/page.ts'
import { table } from '../src/readmes/report.ts'

const scratch = mkdtempSync(join(tmpdir(), 'pages-test-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const block = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\`\n\n`
const sh = (commands: string, output?: string): string =>
  block('sh', commands) + (output === undefined ? '' : block('text', output))

async function follow(markdown: string, budgetMs = 20_000): Promise<string> {
  const project = mkdtempSync(join(scratch, 'project-'))
  const reader = {
    project,
    scratch: `${project}-session`,
    registry: 'http://127.0.0.1:9/',
    packages: [],
  }
  return (await followPage(readPage(markdown), { ...reader, budgetMs })).join('\n')
}

describe('a page that is followed', () => {
  it('has one shell: variables, the folder, functions and background jobs stay', async () => {
    const page = [
      sh('mkdir app && cd app\nNAME=value\nexport SEEN=yes\ngreet() { echo "hi $1"; }'),
      sh('sleep 30 & JOB=$!'),
      sh(
        'basename "$PWD"; echo "$NAME"; node -p process.env.SEEN; greet you',
        'app\nvalue\nyes\nhi you',
      ),
      sh('kill -0 "$JOB" && echo running', 'running'),
    ]
    expect(await follow(page.join(''))).toBe('')
  })

  it('saves each block under the name that stands before it, whatever its language', async () => {
    const page = [
      'Save as `config/a.json`:\n\n',
      block('json', '{ "a": 7 }'),
      'It reads the file. Save this as `run.mts`. It prints `a`:\n\n',
      block(
        'ts',
        "import { readFileSync } from 'node:fs'\nconst text: string = readFileSync('config/a.json', 'utf8')\nconsole.log(JSON.parse(text).a)",
      ),
      sh('node run.mts', '7'),
      'Save as `run.mts`:\n\n',
      block('ts', 'console.log(8)'),
      sh('node run.mts', '8'),
    ]
    expect(await follow(page.join(''))).toBe('')
  })

  it.each([
    [
      'another value',
      sh('echo 1', '2'),
      '"echo 1" ended with 0 and prints\n1\nand the page shows\n2',
    ],
    ['a line more', sh('echo 1', '1\n2'), 'and the page shows\n1\n2'],
    ['a file that is saved nowhere', sh('node gone.mjs', 'x'), 'ended with 1 and prints'],
    ['no output at all', sh('true'), 'No command is followed by a block of its output.'],
  ])('is wrong when it shows %s', async (_what, page, problem) => {
    expect(await follow(page)).toContain(problem)
  })

  it('ends at the first command that fails without being shown', async () => {
    const problems = await follow(sh('false\necho later') + sh('touch x; echo 1', '1'))
    expect(problems).toBe(
      '"false\necho later" ended with 1:\n\nThe page was not followed any further.',
    )
  })

  it('may show how a command fails', async () => {
    expect(await follow(sh('echo refused >&2; (exit 3)', 'refused') + sh('echo on', 'on'))).toBe('')
  })

  it('is stopped when its time is over, whatever it does', async () => {
    const endless = ['sleep 30', 'until false; do sleep 1; done', 'cat < /dev/zero > /dev/null']
    const pages = endless.map((commands) => sh(`echo started; ${commands}`, 'x'))
    for (const problems of await Promise.all(pages.map((page) => follow(page, 1_500)))) {
      const end = 'has not ended, and the page has used up its 1.5 seconds:\nstarted'
      expect(problems).toContain(`${end}\nThe page was not followed any further.`)
    }
  })

  it('leaves nothing running', async () => {
    const file = join(scratch, 'job.pid')
    expect(await follow(sh(`(trap '' TERM; sleep 30) & echo $! > ${file}; echo 1`, '1'))).toBe('')
    const pid = Number(readFileSync(file, 'utf8'))
    await expect.poll(() => isAlive(pid)).toBe(false)
  })

  it('is wrong when a saved file imports what no command installs', async () => {
    const page = `Save as \`a.mjs\`:\n\n${block('js', "import 'gone-1'")}${sh('echo 1', '1')}`
    expect(await follow(page)).toBe('gone-1 is imported, and installed by no command.')
  })

  it('does not see the variables of this process', async () => {
    process.env['AUTHSEC_MODE'] = 'live'
    try {
      expect(await follow(sh('echo "mode=$AUTHSEC_MODE"', 'mode='))).toBe('')
    } finally {
      delete process.env['AUTHSEC_MODE']
    }
  })
})

/** A process that has ended, and waits for its parent, does not count. */
function isAlive(pid: number): boolean {
  const status = `/proc/${pid}/stat`
  return existsSync(status) && !/\) Z /.test(readFileSync(status, 'utf8'))
}

describe('the reading of a page', () => {
  it('skips a block for which the page says why', () => {
    const { steps } = readPage(
      `<!-- not run: needs a key -->\n\n${sh('rm -rf x', 'gone')}${sh('echo 1', '1')}`,
    )
    expect(steps).toEqual([
      { kind: 'skip', commands: 'rm -rf x\n', reason: 'needs a key' },
      { kind: 'run', commands: 'echo 1\n', output: '1\n' },
    ])
  })

  it('takes a block as output only when it follows at once', () => {
    const page = readPage(`${block('sh', 'echo 1')}This is a tree:\n\n${block('text', '1')}`)
    expect(page.steps).toEqual([{ kind: 'run', commands: 'echo 1\n', output: undefined }])
    expect(isFollowed(page)).toBe(false)
  })
})

describe('the choice of pages', () => {
  function namesFor(...words: string[]): string[] {
    const root = mkdtempSync(join(scratch, 'root-'))
    const files: Record<string, string> = {
      'docs/start/mock.md': '# Shows nothing',
      'docs/guides/verify.md': sh('echo 1', '1'),
      'docs/guides/proxies.md': sh('export A=1'),
      'docs/modes.md': '# Modes',
    }
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(root, file, '..'), { recursive: true })
      writeFileSync(join(root, file), text)
    }
    const where = { root, scratch, packages: [], registry: '' }
    return followables(words, where).map(({ name }) => name)
  }

  it('follows pages that show an output, and those that must', () => {
    expect(namesFor('docs')).toEqual(['docs/guides/verify.md', 'docs/start/mock.md'])
    expect(namesFor('./docs/guides/')).toEqual(['docs/guides/verify.md'])
    expect(namesFor('docs/modes.md')).toEqual(['docs/modes.md'])
  })

  it.each(['langchainn', 'docs/gone.md', 'doc', '../docs'])('refuses %s', (word) => {
    expect(() => namesFor(word)).toThrow(`docs or a page below it instead of ${word}.`)
  })
})

describe('the table', () => {
  it('has a line for each page and for each block that was not run', () => {
    const rows = [
      { name: 'docs/a.md', commands: 12, skipped: ['needs a key'], seconds: 3.14, problems: 0 },
      { name: 'b', commands: 1, skipped: [], seconds: 60, problems: 2 },
    ]
    expect(table(rows).split('\n')).toEqual([
      'Page       Commands  Seconds  Result',
      'docs/a.md        12      3.1  works',
      '                              one block not run: needs a key',
      'b                 1     60.0  2 problems',
    ])
  })
})
