import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitepress'
import { anchorOf } from '../../docs-check/src/markdown.ts'
import { sections } from '../src/navigation.ts'
import { listPages } from '../src/pages/listed-pages.ts'
import { sidebar } from '../src/pages/sidebar.ts'
import { repositoryUrl } from '../src/pages/sources.ts'
import { gathered, root } from '../src/paths.ts'
import { DESCRIPTION, TITLE } from '../src/settings.ts'

const paths = globSync('**/*.md', { cwd: gathered })
const listing = listPages(sections, paths)
const siteUrl = process.env['SITE_URL']
const repository = repositoryUrl(root)

export default defineConfig({
  title: TITLE,
  description: DESCRIPTION,
  lang: 'en',
  srcDir: '.pages',
  outDir: 'dist',
  // A draft names them itself.
  ignoreDeadLinks: process.env['SITE_DRAFT'] === 'true',
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  ...(siteUrl === undefined ? {} : { sitemap: { hostname: siteUrl } }),
  // A page is plain Markdown that GitHub renders too: same anchors, and braces are only braces.
  markdown: { anchor: { slugify: anchorOf }, attrs: { disable: true }, headers: false },
  // Besides pages, nothing may be asked of anybody.
  transformHead: () => [
    [
      'meta',
      {
        'http-equiv': 'Content-Security-Policy',
        content:
          "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
      },
    ],
  ],
  // The index of the search, which is loaded when somebody searches.
  vite: { build: { chunkSizeWarningLimit: 2_000 } },
  themeConfig: {
    siteTitle: 'AuthSec for agents',
    sidebar: sidebar(listing.sections, (path) => readFileSync(join(gathered, path), 'utf8')),
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: repository, ariaLabel: 'Source on GitHub' }],
    editLink: {
      pattern: ({ frontmatter }) => frontmatter.editUrl,
      text: 'Edit this page on GitHub',
    },
  },
})
