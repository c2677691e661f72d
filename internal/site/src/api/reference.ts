import { globSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Application, type ProjectReflection } from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'
import { mendAnchors } from './anchors.ts'
import { type EntryPoint, entryPoints } from './entry-points.ts'

const LAYOUT: Partial<PluginOptions> = {
  outputFileStrategy: 'modules',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  pageTitleTemplates: { module: '@authsec/{name}' },
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  enumMembersFormat: 'table',
  tableColumnSettings: {
    hideModifiers: true,
    hideInherited: true,
    hideOverrides: true,
    hideSources: true,
  },
}

/** An option of the other plugin: what exports mention and cannot be imported stands beside them. */
const MISSING_EXPORTS = { placeInternalsInOwningModule: true }

/** Writes one page for each entry point of each package, below `folder`/api. What typedoc warns of is an error. */
export async function writeApiReference(root: string, folder: string): Promise<void> {
  const points = entryPoints(root)
  const app = await Application.bootstrapWithPlugins({
    name: 'API reference',
    plugin: ['typedoc-plugin-markdown', 'typedoc-plugin-missing-exports'],
    entryPoints: points.map(({ file }) => file),
    tsconfig: join(root, 'internal/site/tsconfig.api.json'),
    out: join(folder, 'api'),
    logLevel: 'Warn',
    treatWarningsAsErrors: true,
    readme: 'none',
    disableSources: true,
    // The program's types were checked by `pnpm typecheck`.
    skipErrorChecking: true,
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    excludeProtected: true,
    ...MISSING_EXPORTS,
    ...LAYOUT,
  })
  const project = await app.convert()
  if (project === undefined) throw new Error('typedoc cannot read the packages.')
  nameModules(project, points)
  app.validate(project)
  await app.generateOutputs(project)
  mendPages(join(folder, 'api'))
  if (app.logger.hasErrors() || app.logger.hasWarnings()) {
    throw new Error('typedoc has objections to the comments: see above.')
  }
}

function mendPages(folder: string): void {
  // typedoc's own list of the modules: the navigation has them.
  unlinkSync(join(folder, 'README.md'))
  const paths = globSync('**/*.md', { cwd: folder }).map((path) => path.replaceAll('\\', '/'))
  const pages = paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')] as const)
  for (const [path, text] of mendAnchors(new Map(pages))) {
    // Nobody edits it here: it comes from the comments in the source.
    writeFileSync(join(folder, path), `---\neditLink: false\n---\n\n${text}`)
  }
}

/** typedoc names modules by their file; users know them by what they import. */
function nameModules(project: ProjectReflection, points: readonly EntryPoint[]): void {
  for (const module of project.children ?? []) {
    const file = project.getSymbolIdFromReflection(module)?.fileName
    const point = points.find((each) => each.file === file)
    if (point === undefined) throw new Error(`${module.name} is the module of no entry point.`)
    module.name = point.specifier.replace('@authsec/', '')
  }
}
