import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ADAPTER_KIB, CORE_KIB, TARBALL_KIB } from '../src/rules/budgets.ts'
import type { RuleName } from '../src/rules.ts'
import { type Breakage, root } from './broken-release.ts'

/** Whether these tools find faults is up to them: no logic of ours is in their rules. */
type RuleOfATool = 'types' | 'type-resolution' | 'knip' | 'lint' | 'publint'

/** It is broken without a file, in `rules.test.ts`. */
type WithoutFiles = 'licences'

const ADAPTER = 'packages/ai-sdk'
const adapter = { packages: ['ai-sdk'] }
const everything = { packages: readdirSync(join(root, 'packages')).sort() }

/** For every rule of our own: edits that break it in each way it looks for. */
export const breakages: Readonly<
  Record<Exclude<RuleName, RuleOfATool | WithoutFiles>, readonly Breakage[]>
> = {
  consumers: [
    {
      title: 'a dependency that is not declared',
      packages: ['emulator'],
      apply: ({ replace }) =>
        replace('packages/emulator/package.json', /"dependencies"/, '"forgotten"'),
      problems: [/Cannot find package 'hono'/],
    },
    {
      title: 'a module that cannot be required, and declarations that do not compile',
      packages: ['verify'],
      apply({ append }) {
        append('packages/verify/dist/index.js', '\nawait 0\n')
        append('packages/verify/dist/index.d.ts', '\nexport declare const absent: Missing\n')
      },
      problems: [
        /require of @authsec\/verify failed[\s\S]*ERR_REQUIRE_ASYNC_MODULE/,
        /import of @authsec\/verify gives .* but its types declare .*absent/,
        /nodenext[\s\S]*TS2304[\s\S]*bundler[\s\S]*TS2304/,
      ],
    },
    {
      title: 'a command that fails, and does not print its version',
      packages: ['emulator'],
      apply: ({ write }) =>
        write('packages/emulator/dist/bin.js', '#!/usr/bin/env node\nprocess.exit(3)\n'),
      problems: [/authsec-emulator --help ended with 3/, /--version prints /],
    },
  ],
  'same-bytes': [
    {
      ...adapter,
      title: 'a build that depends on the time',
      apply: ({ write }) =>
        write(
          `${ADAPTER}/tsup.config.ts`,
          `export default { entry: ['src/index.ts'], banner: { js: '// ' + Date.now() } }\n`,
        ),
      problems: [/dist\/index\.js differs/],
    },
  ],
  'documented-code': [
    {
      title: 'an example that passes an option that does not exist',
      packages: ['core'],
      apply: ({ replace }) =>
        replace('packages/core/README.md', /permission: 'vault:read'/, 'all: 1'),
      problems: [/packages-core-README-md-\d\.mts.*error TS2353/],
    },
    {
      title:
        'JavaScript that imports what does not exist, and a fragment below a folder of docs that lacks a name',
      packages: ['core'],
      apply({ append, write }) {
        append('packages/core/README.md', "\n```js\nimport { gone } from '@authsec/core'\n```\n")
        write('docs/decisions/made-up.md', '# Made up\n\n```ts\nclient.close()\n```\n')
      },
      problems: [
        /packages-core-README-md-\d\.mjs.*error TS2305/,
        /docs-decisions-made-up-md-1\.mts.*error TS2304/,
      ],
    },
  ],
  budgets: [
    {
      title: 'code that is too large and slow to import, and too many dependencies',
      packages: ['core', 'ai-sdk'],
      apply({ append, replace, write }) {
        const dependencies = '"google-auth-library": "*", "@aws-sdk/client-sts": "*",'
        replace(
          'packages/core/package.json',
          /"dependencies": \{/,
          `"scripts": { "postinstall": "true" }, "dependencies": { ${dependencies}`,
        )
        append(
          'packages/core/dist/index.js',
          `\nexport const ballast = '${'x'.repeat(CORE_KIB * 1024)}'
for (const end = performance.now() + 500; performance.now() < end; );\n`,
        )
        append(
          `${ADAPTER}/dist/index.js`,
          `\nexport const x = '${'x'.repeat(ADAPTER_KIB * 1024)}'\n`,
        )
        const noise = Array.from({ length: TARBALL_KIB * 200 }, (_, i) =>
          Math.sin(i).toString(36).slice(3),
        )
        write(`${ADAPTER}/src/noise.ts`, noise.join(''))
      },
      problems: [
        new RegExp(`@authsec/core: [\\d.]+ KiB of minified code .* the budget is ${CORE_KIB}\\.`),
        /@authsec\/core: \d+ packages installed/,
        /@authsec\/core: \d+ bytes installed/,
        /install scripts \(@authsec\/core\)/,
        /@authsec\/core: its import takes \d/,
        new RegExp(
          `@authsec/ai-sdk: [\\d.]+ KiB of minified code .* the budget is ${ADAPTER_KIB}\\.`,
        ),
        /@authsec\/ai-sdk: [\d.]+ KiB of tarball/,
      ],
    },
  ],
  growth: [
    {
      ...adapter,
      title: 'more code than at the start of the change, and an explanation that is older',
      apply({ append, commit, write }) {
        const changeset =
          "---\n'@authsec/ai-sdk': minor\n---\n\nMore.\n\nSize: the SDK has grown.\n"
        write('.changeset/larger.md', changeset)
        commit('docs/footprint.md', '.changeset')
        append(`${ADAPTER}/dist/index.js`, `\nexport const x = '${'x'.repeat(3000)}'\n`)
      },
      problems: [/@authsec\/ai-sdk: its code grew from [\d.]+ to [\d.]+ KiB.*"Size: "/],
    },
  ],
  exports: [
    {
      ...adapter,
      title: 'an export that nobody has agreed to',
      apply: ({ append }) =>
        append(`${ADAPTER}/dist/index.d.ts`, '\nexport declare const extra: string\n'),
      problems: [/ai-sdk\.exports\.md is not what was recorded[\s\S]*\+ .*extra: string/],
    },
  ],
  contents: [
    {
      ...adapter,
      title: 'paths, hosts, secrets and references that must not be published',
      apply({ append, replace }) {
        append(
          `${ADAPTER}/README.md`,
          `\nfile:/home/someone/notes https://registry.npmjs${'.org'}/authsec
eyJ${'a'.repeat(30)}.${'b'.repeat(30)}.c npm_${'a'.repeat(36)}
-----BEGIN PRIVATE ${'KEY'}-----\n${'A'.repeat(64)}\n`,
        )
        replace(`${ADAPTER}/package.json`, /"keywords": \[/, '"keywords": ["workspace:^",')
        replace(`${ADAPTER}/dist/index.js.map`, /\.\.\/src\//, '../../elsewhere/src/')
        append(`${ADAPTER}/dist/index.js`, "\nimport 'crypto'\n")
      },
      problems: [
        /README\.md has a path of a machine/,
        /README\.md names the host of a registry/,
        /README\.md has what looks like a token/,
        /README\.md has a private key/,
        /README\.md has a credential/,
        /package\.json has a reference that only this workspace can resolve/,
        /maps to .*elsewhere.*, which is not in the package/,
        /index\.js imports crypto and not node:crypto/,
      ],
    },
  ],
  'file-list': [
    {
      ...adapter,
      title: 'a file that is not on the list',
      apply: ({ write }) => write(`${ADAPTER}/src/notes.txt`, 'to do\n'),
      problems: [/\+ src\/notes\.txt/],
    },
  ],
  footprint: [
    {
      ...everything,
      title: 'a wrong figure, and a package that does not exist',
      apply: ({ replace }) =>
        replace('docs/footprint.md', /(.*ai-sdk` \|) [\d.]+ KiB/, '| `gone` | 1 KiB |\n$1 3.0 KiB'),
      problems: [/footprint\.md is not what was recorded/, /- .*gone/, /- .*ai-sdk.*3\.0 KiB/],
    },
    {
      ...everything,
      title: 'a figure that is no longer true',
      apply: ({ replace }) => replace('docs/footprint.md', /(ai-sdk` \|) [\d.]+ KiB/, '$1 3.0 KiB'),
      problems: [/footprint\.md is not what was recorded[\s\S]*- .*ai-sdk.*3\.0 KiB/],
    },
  ],
  manifests: [
    {
      ...adapter,
      title: 'another licence, build and order of conditions, and no keyword',
      apply({ replace }) {
        replace(`${ADAPTER}/package.json`, /Apache-2\.0/, 'MIT')
        replace(`${ADAPTER}/package.json`, /"authsec",/, '')
        replace(`${ADAPTER}/package.json`, /"build": "tsup"/, '"build": "make"')
        replace(`${ADAPTER}/package.json`, /("@authsec\/source".*\n)\s*("types".*\n)/, '$2$1')
      },
      problems: [
        /license should be "Apache-2.0"/,
        /keywords should contain/,
        /scripts should build/,
        /exports\["\."\] should have/,
      ],
    },
  ],
  lockfile: [
    {
      title: 'a package from another host, without a checksum',
      apply: ({ replace }) =>
        replace(
          'pnpm-lock.yaml',
          /resolution: \{integrity: [^}]*\}/,
          'resolution: {tarball: https://example.com/x.tgz}',
        ),
      problems: [/names a host/, /without a sha512 integrity/],
    },
    {
      title: 'the same in the lockfile of an example',
      apply: ({ replace }) =>
        replace(
          'examples/durable-approvals/pnpm-lock.yaml',
          /resolution: \{integrity: [^}]*\}/,
          'resolution: {tarball: https://example.com/x.tgz}',
        ),
      problems: [
        /examples\/.+: names a host/,
        /examples\/.+: is resolved without a sha512 integrity/,
      ],
    },
  ],
}
