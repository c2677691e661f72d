import { readFileSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { root } from '../../release-checks/src/command-line.ts'
import { npmProject } from '../../release-checks/src/npm-project.ts'
import { packFolders } from '../../release-checks/src/pack.ts'
import { runOrThrow } from '../../release-checks/src/run.ts'
import { home } from './home.ts'
import { MissingError } from './missing-error.ts'

const PACKAGES = ['ai-sdk', 'core', 'emulator', 'verify']

/** Reads the place from the environment, and prints the report as one line. */
const MAIN = `.then((report) => console.log('AUTHSEC ' + JSON.stringify(report)))\n`

/**
 * Makes a folder with the packages as npm installs them from their tarballs, and the program as a user would have written it:
 * `program.js`, and `main.js` that runs it. It is inside of this folder, because Next.js finds itself above.
 */
export async function createProject(project: string): Promise<void> {
  const filters = PACKAGES.map((name) => `--filter=@authsec/${name}`)
  await runOrThrow('pnpm', ['exec', 'turbo', 'run', 'build', ...filters], { cwd: root })
  const packed = await packFolders(root, PACKAGES, project)
  const tarballs = packed.map(({ tarball }) => `file:${tarball}`)
  await install(project, [...tarballs, ...['ai', 'zod'].map(withVersion)])
  // Bundlers take the nearest one: the one above leads to the sources of the workspace.
  writeFileSync(join(project, 'tsconfig.json'), '{}\n')
  for (const name of ['program', 'agent-program']) {
    const source = readFileSync(join(home, `src/${name}.ts`), 'utf8')
    writeFileSync(join(project, `${name}.js`), stripTypeScriptTypes(source))
  }
  const call = 'run(JSON.parse(process.env.AUTHSEC_PLACE))'
  writeFileSync(join(project, 'main.js'), `import { run } from './program.js'\n${call}${MAIN}`)
  writeFileSync(
    join(project, 'main.cjs'),
    `const { run } = require('./program.cjs')\n${call}${MAIN}`,
  )
}

/** Throws a `MissingError` without a connection to the registry; all else that fails is a mistake in the packages. */
async function install(project: string, packages: readonly string[]): Promise<void> {
  try {
    await npmProject(project, packages)
  } catch (error) {
    const reason = /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED)\b/.exec(
      String(error),
    )
    throw reason ? new MissingError(`npm does not reach its registry (${reason[0]})`) : error
  }
}

/** In the version of the workspace. */
function withVersion(name: string): string {
  const manifest = join(root, 'packages/ai-sdk/node_modules', name, 'package.json')
  const { version }: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'))
  return `${name}@${version}`
}
