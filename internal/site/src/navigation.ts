/** A page by its path on the site. A path with `*` lists every page that matches and is listed nowhere else. */
export interface Section {
  readonly title: string
  readonly pages: readonly string[]
}

/** Every page of the site, in the order in which a reader meets it. The sidebar and `llms.txt` follow it. */
export const sections: readonly Section[] = [
  { title: 'Start', pages: ['start/mock.md', 'start/live.md'] },
  {
    title: 'Guides',
    pages: [
      'guides/langchain.md',
      'guides/ai-sdk.md',
      'guides/mastra.md',
      'guides/openai-agents.md',
      'guides/llamaindex.md',
      'guides/mcp.md',
      'guides/operations.md',
      'guides/openapi.md',
      'guides/answers.md',
      'guides/verify.md',
      'approvals.md',
      'approvals/*.md',
      'guides/cloud-credentials.md',
      'guides/multi-tenant.md',
      'scale.md',
      'guides/serverless.md',
      'runtimes.md',
      'guides/proxies.md',
      'guides/testing.md',
      'audit.md',
      'events.md',
      'telemetry.md',
      'observability.md',
    ],
  },
  {
    title: 'Understand',
    pages: [
      'security-model.md',
      'modes.md',
      'architecture.md',
      'wire-contract.md',
      'alternatives.md',
      'decisions/*.md',
    ],
  },
  { title: 'Migrate', pages: ['from-python.md', 'from-static-keys.md'] },
  { title: 'Help', pages: ['troubleshooting.md', 'doctor.md', 'errors.md', 'faq.md'] },
  {
    title: 'Reference',
    pages: [
      'api/**/*.md',
      'packages/*.md',
      'tool-schemas.md',
      'benchmarks.md',
      'footprint.md',
      'changelog.md',
      'changelog/*.md',
    ],
  },
  { title: 'Project', pages: ['contributing.md', 'security.md', 'releasing.md'] },
]

/** The page at the address of the site itself: the sidebar need not list it. */
export const HOME = 'index.md'
