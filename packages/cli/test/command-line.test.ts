import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { runProgram, startProgram, testEmulator } from '@authsec-internal/test-kit'
import { describe, expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { authsec, doctor, envOf } from './support/run.ts'

const BIN = 'packages/cli/src/bin.ts'

describe('The program authsec', () => {
  test.each([
    [['--version'], /commander|core\/src|emulator|undici|node_modules/],
    [
      ['explain', 'no_answer'],
      /core\/src\/(client|call|index)|emulator\/src\/(index|server)|undici/,
    ],
    [['init', '--yes', '--dir', '/dev/null/x'], /core\/src|emulator|undici/],
    [['doctor', '--help'], /core\/src|emulator|undici/],
  ])('loads no more than it needs for %j', (given, unneeded) => {
    const hooks = `import { registerHooks } from 'node:module'
      registerHooks({ resolve(name, context, next) {
        const found = next(name, context)
        process.stderr.write(found.url + '\\n')
        return found
      } })`
    const flags = ['--conditions=@authsec/source', '--disable-warning=ExperimentalWarning']
    const hook = `data:text/javascript,${encodeURIComponent(hooks)}`
    const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url))
    const args = [...flags, '--import', hook, bin, ...given]
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    if (given.includes('--version')) expect(stdout).toBe(`${manifest.version}\n`)
    expect(stderr).toContain('bin.ts')
    expect(stderr).not.toMatch(unneeded)
  })

  test('runs the doctor: 0 and nothing on a pipe when all is well, 1 and the remedy when not', async () => {
    await using emulator = await testEmulator()
    const well = await runProgram(BIN, ['doctor'], envOf(emulator))
    expect(well).toEqual({ code: 0, stdout: '', stderr: '' })
    emulator.control.revoke()
    const ill = await runProgram(BIN, ['doctor'], envOf(emulator))
    expect(ill).toMatchObject({ code: 1, stderr: '' })
    expect(ill.stdout).toMatch(
      /^error {2}no_delegation .*\n {2}cause .*\n {2}fix .*\n {2}docs .*#no_delegation\n/,
    )
  })

  test('says that all is well on a terminal, and in colour only where colours are on', async () => {
    await using emulator = await testEmulator()
    const env = envOf(emulator)
    expect((await authsec(['doctor'], { env, isTerminal: true })).out).toBe('All is well.\n')
    const coloured = await authsec(['doctor'], { env, isTerminal: true, hasColor: true })
    expect(coloured.out).toBe('\u001b[32mAll is well.\u001b[0m\n')
    const verbose = await authsec(['doctor', '--verbose'], { env })
    expect(verbose.out).toMatch(/^signature +verified with the keys of the tenant$/m)
    expect(verbose.out).not.toContain('\u001b')
  })

  test.each([
    [[], 'Usage: authsec'],
    [['docter'], 'Did you mean doctor?'],
    [['doctor', '--jsn'], 'Did you mean --json?'],
    [['doctor', '--timeout', 'soon'], '--timeout must be a number'],
    [['doctor', '--timeout', '0'], '--timeout must be a number'],
    [['doctor', '--base-url'], 'argument missing'],
    [['token', '--nothing'], 'unknown option'],
    [['explain'], 'missing required argument'],
  ])('ends with 2 for the mistake %j', async (args, sentence) => {
    const { code, out, err } = await authsec(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(sentence)
  })

  test('does not repeat a client ID or a token that went to the wrong place', async () => {
    const id = '6f2c1d0e-8a77-4f57-9a39-0c6f3e6f6f10'
    const jwt = `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(40)}`
    for (const secret of [id, id.replaceAll('-', ''), id.toUpperCase(), jwt]) {
      for (const args of [
        [secret],
        ['doctor', secret],
        ['token', `--${secret}`],
        ['init', '--framework', secret],
      ]) {
        const { code, out, err } = await authsec(args)
        expect(code).toBe(2)
        expect(out + err).not.toContain(secret)
      }
    }
  })

  test.each(['--help', 'help'])('prints its help for %s', async (flag) => {
    const { code, out, err } = await authsec([flag])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const name of ['doctor', 'token', 'call', 'explain', 'init', 'emulator'])
      expect(out).toContain(`  ${name}`)
  })

  test.each(['doctor', 'token', 'call', 'explain', 'init'])(
    'has --json and help for %s',
    async (name) => {
      const { code, out } = await authsec([name, '--help'])
      expect(code).toBe(0)
      expect(out).toContain('--json')
    },
  )

  test.each(['bash', 'zsh', 'fish', 'powershell'])(
    'prints a script of completions for %s',
    async (shell) => {
      const { code, stdout } = await runProgram(BIN, ['complete', shell])
      expect(code).toBe(0)
      expect(stdout).toContain('authsec')
    },
  )

  test('completes the names of commands and options', async () => {
    const { stdout } = await runProgram(BIN, ['complete', '--', 'doc'])
    expect(stdout).toMatch(/^doctor\b/m)
    const options = await runProgram(BIN, ['complete', '--', 'init', '--frame'])
    expect(options.stdout).toMatch(/^--framework\b/m)
  })
})

describe('authsec emulator', () => {
  test('is the command line of the emulator', async () => {
    const help = await runProgram(BIN, ['emulator', '--help'])
    expect(help).toEqual(await runProgram('packages/emulator/src/bin.ts', ['--help']))
    const wrong = await runProgram(BIN, ['emulator', '--prot', '0'])
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toContain('did you mean "--port"?')
  })

  test('serves what the doctor and an agent ask for', async () => {
    const program = startProgram(BIN, ['emulator', '--port', '0', '--permissions', 'orders:read'])
    await program.saw('export AUTHSEC_AGENT_CLIENT_ID=')
    const env = Object.fromEntries(
      [...program.output.stdout.matchAll(/^export (\w+)=(\S+)$/gm)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    )
    const { codes } = await doctor(['--permission', 'orders:read'], { env })
    program.child.stdin.write('quit\n')
    expect(codes).toEqual([])
    expect((await program.ended).code).toBe(0)
  })
})
