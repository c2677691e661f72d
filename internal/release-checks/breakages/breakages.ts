import type { RuleName } from '../src/rules.ts'
import type { Breakage } from './broken-release.ts'

const AI_SDK = 'packages/ai-sdk'
const ALL = ['ai-sdk', 'core', 'emulator', 'langchain', 'llamaindex', 'mastra', 'mcp', 'verify']

/** For every rule that can be broken by editing a file: at least one edit that breaks it. */
export const breakages: Readonly<Record<Exclude<RuleName, 'licences'>, readonly Breakage[]>> = {
  consumers: [
    {
      title: 'a dependency that is not declared',
      packages: ['core'],
      apply: (files) =>
        files.replace('packages/core/package.json', /"dependencies"/, '"forgotten"'),
      says: /TS2307: Cannot find module 'undici'/,
    },
    {
      title: 'a module that cannot be required',
      packages: ['verify'],
      apply: (files) => files.append('packages/verify/dist/index.js', '\nawait 0\n'),
      says: /require of @authsec\/verify failed[\s\S]*ERR_REQUIRE_ASYNC_MODULE/,
    },
    {
      title: 'declarations that do not compile, and a value that only they have',
      packages: ['verify'],
      apply: (files) =>
        files.append('packages/verify/dist/index.d.ts', '\nexport declare const absent: Missing\n'),
      says: /its types say[\s\S]*absent[\s\S]*nodenext[\s\S]*TS2304[\s\S]*bundler[\s\S]*TS2304/,
    },
    {
      title: 'a command that fails, and does not know its version',
      packages: ['emulator'],
      apply: (files) =>
        files.write('packages/emulator/dist/bin.js', '#!/usr/bin/env node\nprocess.exit(3)\n'),
      says: /authsec-emulator --help ended with 3[\s\S]*--version says/,
    },
  ],
  'same-bytes': [
    {
      title: 'a build that knows the time',
      packages: ['ai-sdk'],
      apply: (files) =>
        files.write(
          `${AI_SDK}/tsup.config.ts`,
          `export default { entry: ['src/index.ts'], banner: { js: '// ' + Date.now() } }\n`,
        ),
      says: /dist\/index\.js differs/,
    },
  ],
  types: [
    {
      title: 'a value of the wrong type',
      apply: (files) =>
        files.append(`${AI_SDK}/src/index.ts`, `\nexport const wrong: number = 'text'\n`),
      says: /not assignable to type 'number'/,
    },
  ],
  'type-resolution': [
    {
      title: 'types that are not where the manifest says',
      packages: ['ai-sdk'],
      apply: (files) => files.replace(`${AI_SDK}/package.json`, /index\.d\.ts/, 'types.d.ts'),
      says: /FallbackCondition of \. under node16-esm/,
    },
  ],
  'documented-code': [
    {
      title: 'an example that passes an option that does not exist',
      packages: ['core'],
      apply: (files) =>
        files.replace('packages/core/README.md', /permission: 'vault:read'/, 'all: 1'),
      says: /packages-core-README-md-1\.mts.*error TS2353/,
    },
  ],
  budgets: [
    {
      title: 'core loads too much code',
      packages: ['core'],
      apply: (files) =>
        files.append(
          'packages/core/dist/index.js',
          `\nexport const ballast = '${'x'.repeat(41_000)}'\n`,
        ),
      says: /bytes of minified code that its import loads/,
    },
    {
      title: 'an adapter loads too much code',
      packages: ['ai-sdk'],
      apply: (files) =>
        files.append(`${AI_SDK}/dist/index.js`, `\nexport const x = '${'x'.repeat(10_300)}'\n`),
      says: /@authsec\/ai-sdk: \d+ bytes of minified code/,
    },
    {
      title: 'too much is installed, by too many packages, some with scripts',
      packages: ['core'],
      apply: (files) =>
        files.replace(
          'packages/core/package.json',
          /"dependencies": \{/,
          '"scripts": { "postinstall": "true" }, "dependencies": { "google-auth-library": "*", "@aws-sdk/client-sts": "*",',
        ),
      says: /packages installed[\s\S]*bytes installed[\s\S]*install scripts \(@authsec\/core\)/,
    },
    {
      title: 'a tarball that is too large',
      packages: ['ai-sdk'],
      apply: (files) =>
        files.write(
          `${AI_SDK}/src/noise.ts`,
          Array.from({ length: 40_000 }, (_, i) => Math.sin(i).toString(36).slice(3)).join(''),
        ),
      says: /bytes of tarball/,
    },
    {
      title: 'core takes long to import',
      packages: ['core'],
      apply: (files) =>
        files.append(
          'packages/core/dist/index.js',
          '\nfor (const end = performance.now() + 500; performance.now() < end; );\n',
        ),
      says: /its import takes \d/,
    },
  ],
  exports: [
    {
      title: 'an export that nobody has agreed to',
      packages: ['ai-sdk'],
      apply: (files) =>
        files.append(`${AI_SDK}/dist/index.d.ts`, '\nexport declare const extra: string\n'),
      says: /ai-sdk\.exports\.md is not what was recorded[\s\S]*\+ .*extra: string/,
    },
  ],
  knip: [
    {
      title: 'a file that nothing uses',
      apply: (files) => files.write(`${AI_SDK}/src/unused.ts`, 'export const unused = 1\n'),
      says: /unused\.ts/,
    },
  ],
  lint: [
    {
      title: 'code that the linter refuses',
      apply: (files) => files.append(`${AI_SDK}/src/index.ts`, 'var old = 1;\n'),
      says: /noVar|useConst|format/,
    },
  ],
  publint: [
    {
      title: 'an entry point that does not exist',
      packages: ['ai-sdk'],
      apply: (files) => files.replace(`${AI_SDK}/package.json`, /dist\/index\.js/, 'dist/main.js'),
      says: /dist\/main\.js.* does not exist/,
    },
  ],
  contents: [
    {
      title: 'a path of a machine',
      packages: ['ai-sdk'],
      apply: (files) => files.append(`${AI_SDK}/README.md`, '\nfile:/home/someone/notes\n'),
      says: /README\.md has a path of a machine/,
    },
    {
      title: 'the host of a registry',
      packages: ['ai-sdk'],
      apply: (files) =>
        files.append(`${AI_SDK}/README.md`, `\nhttps://registry.npmjs${'.org'}/authsec\n`),
      says: /names the host of a registry/,
    },
    {
      title: 'a reference that only the workspace can resolve',
      packages: ['ai-sdk'],
      apply: (files) =>
        files.replace(`${AI_SDK}/package.json`, /"keywords": \[/, '"keywords": ["workspace:^",'),
      says: /package\.json has a reference that only this workspace can resolve/,
    },
    {
      title: 'a source map that leaves the package',
      packages: ['ai-sdk'],
      apply: (files) =>
        files.replace(`${AI_SDK}/dist/index.js.map`, /\.\.\/src\//, '../../elsewhere/src/'),
      says: /maps to .*elsewhere.*, which is not in the package/,
    },
    {
      title: 'something like a token, and a private key',
      packages: ['ai-sdk'],
      apply: (files) =>
        files.append(
          `${AI_SDK}/README.md`,
          `\neyJ${'a'.repeat(30)}.${'b'.repeat(30)}.c\n-----BEGIN PRIVATE ${'KEY'}-----\n${'A'.repeat(64)}\n`,
        ),
      says: /what looks like a token[\s\S]*private key/,
    },
  ],
  'file-list': [
    {
      title: 'a file too many',
      packages: ['ai-sdk'],
      apply: (files) => files.write(`${AI_SDK}/src/notes.txt`, 'to do\n'),
      says: /\+ src\/notes\.txt/,
    },
  ],
  footprint: [
    {
      title: 'a package more than there is',
      packages: ['ai-sdk', 'core'],
      apply: () => undefined,
      says: /footprint\.md is not what was recorded[\s\S]*- .*mcp/,
    },
    {
      title: 'a figure of last year',
      packages: ALL,
      apply: (files) => files.replace('docs/footprint.md', /(ai-sdk` \|) [\d.]+ KiB/, '$1 3.0 KiB'),
      says: /footprint\.md is not what was recorded[\s\S]*- .*ai-sdk.*3\.0 KiB/,
    },
  ],
  manifests: [
    {
      title: 'a package with another licence, and no word to find it by',
      packages: ['ai-sdk'],
      apply: (files) => {
        files.replace(`${AI_SDK}/package.json`, /Apache-2\.0/, 'MIT')
        files.replace(`${AI_SDK}/package.json`, /"authsec",/, '')
      },
      says: /license should be "Apache-2.0"[\s\S]*keywords should contain/,
    },
    {
      title: 'entry points in another order, and a build of its own',
      packages: ['ai-sdk'],
      apply: (files) => {
        files.replace(`${AI_SDK}/package.json`, /("@authsec\/source".*\n)\s*("types".*\n)/, '$2$1')
        files.replace(`${AI_SDK}/package.json`, /"build": "tsup"/, '"build": "make"')
      },
      says: /scripts should build[\s\S]*exports\["\."\] should have/,
    },
  ],
  lockfile: [
    {
      title: 'a package from somewhere else, without proof',
      apply: (files) =>
        files.replace(
          'pnpm-lock.yaml',
          /resolution: \{integrity: [^}]*\}/,
          'resolution: {tarball: https://example.com/x.tgz}',
        ),
      says: /names a host[\s\S]*without a sha512 integrity/,
    },
  ],
}
