/** Makes the files of a new adapter from `templates/adapter`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

const SUFFIX = '.template'
const CONTRACT = 'internal/tool-contract/package.json'
const ISSUE_FORM = '.github/ISSUE_TEMPLATE/feature_request.yml'
const README = 'README.md'

/** A mistake of the person who called the command: the message says what to do. */
export class NewAdapterError extends Error {
  override readonly name = 'NewAdapterError'
}

/**
 * Writes the package, its harness, its contract test, its demo and its changeset, and adds the package
 * to the three lists that cannot be derived. Returns the paths of the new files. Throws
 * `NewAdapterError`, before it writes anything, when the name is not valid or a file exists.
 */
export function createAdapter(root: string, name: string): readonly string[] {
  assertName(root, name)
  const files = filesFor(root, name)
  const taken = files.find(({ path }) => existsSync(join(root, path)))
  if (taken) {
    throw new NewAdapterError(`${taken.path} exists already. Choose another name or remove it.`)
  }
  const lists = changedLists(root, name)
  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text, { flag: 'wx' })
  }
  for (const { path, text } of lists) writeFileSync(join(root, path), text)
  return files.map(({ path }) => path)
}

function assertName(root: string, name: string): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new NewAdapterError(
      'Give the adapter a name of lower-case letters, digits and single hyphens, such as openai-agents.',
    )
  }
  for (const folder of [`packages/${name}`, `apps/${name}-agent`]) {
    if (existsSync(join(root, folder))) {
      throw new NewAdapterError(`The name ${name} is taken: ${folder} exists. Choose another name.`)
    }
  }
}

interface TextFile {
  readonly path: string
  readonly text: string
}

function filesFor(root: string, name: string): readonly TextFile[] {
  const template = join(root, 'templates/adapter')
  return readdirSync(template, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(SUFFIX))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name)
      const path = relative(template, file).slice(0, -SUFFIX.length).split(sep).join('/')
      return { path: fillIn(path, name), text: fillIn(readFileSync(file, 'utf8'), name) }
    })
}

function fillIn(text: string, name: string): string {
  const words = name.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  const camel = words.join('')
  return text
    .replaceAll('__name__', name)
    .replaceAll('__Title__', words.join(' '))
    .replaceAll('__camel__', camel.charAt(0).toLowerCase() + camel.slice(1))
}

/** The lists with the package added, each checked before anything is written. */
function changedLists(root: string, name: string): readonly TextFile[] {
  const add = (path: string, before: RegExp, line: string): TextFile => {
    const text = readFileSync(join(root, path), 'utf8')
    if (!before.test(text)) {
      throw new NewAdapterError(`${path} has no place for a new package: it lacks ${before}.`)
    }
    return { path, text: text.replace(before, (found) => line + found) }
  }
  const row = `| [\`@authsec/${name}\`](packages/${name}) | The same tools for ${fillIn('__Title__', name)} |\n`
  return [
    contractManifest(root, name),
    add(ISSUE_FORM, /^ *- another framework$/m, `        - ${name}\n`),
    add(README, /^\| \[`@authsec\/verify`\]/m, row),
  ]
}

function contractManifest(root: string, name: string): TextFile {
  const manifest: { dependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(root, CONTRACT), 'utf8'),
  )
  const dependencies = { ...manifest.dependencies, [`@authsec/${name}`]: 'workspace:^' }
  const sorted = Object.entries(dependencies).sort(([a], [b]) => (a < b ? -1 : 1))
  const changed = { ...manifest, dependencies: Object.fromEntries(sorted) }
  return { path: CONTRACT, text: `${JSON.stringify(changed, undefined, 2)}\n` }
}
