/** What the workflows and actions of this repository are held to, beyond being valid. */
import { type Document, isScalar, parseDocument, visit } from 'yaml'
import { z } from 'zod'

const stepsSchema = z.array(
  z.looseObject({
    uses: z.string().default(''),
    run: z.string().default(''),
    with: z.record(z.string(), z.unknown()).default({}),
  }),
)
const actionSchema = z.looseObject({ runs: z.looseObject({ steps: stepsSchema }) })
const jobSchema = z.looseObject({
  'timeout-minutes': z.number().optional(),
  permissions: z.record(z.string(), z.string()).optional(),
  steps: stepsSchema.default([]),
})
const workflowSchema = z.looseObject({
  on: z.union([
    z.string().transform((name) => [name]),
    z.array(z.string()),
    z.record(z.string(), z.unknown()).transform((events) => Object.keys(events)),
  ]),
  permissions: z.unknown().optional(),
  jobs: z.record(z.string(), jobSchema),
})

type Job = z.infer<typeof jobSchema>
type Step = z.infer<typeof stepsSchema>[number]

/** What is wrong with a workflow, a sentence each. */
export function workflowProblems(text: string): readonly string[] {
  const document = parsed(text)
  const workflow = workflowSchema.parse(document.toJS())
  const problems = [...pinProblems(document), ...secretProblems(text)]
  if (JSON.stringify(workflow.permissions) !== '{}') {
    problems.push('the workflow does not start from permissions: {}')
  }
  // It runs with this repository's rights, on the word of a pull request.
  if (workflow.on.includes('pull_request_target')) problems.push('it runs on pull_request_target')
  for (const [name, job] of Object.entries(workflow.jobs)) {
    problems.push(...jobProblems(job).map((problem) => `job ${name}: ${problem}`))
  }
  return problems
}

/** What is wrong with a composite action, a sentence each. */
export function actionProblems(text: string): readonly string[] {
  const document = parsed(text)
  const { steps } = actionSchema.parse(document.toJS()).runs
  return [...pinProblems(document), ...secretProblems(text), ...steps.flatMap(stepProblems)]
}

/** Scripts that a workflow or action runs by `pnpm NAME` and that are not among the given ones. */
export function unknownScripts(text: string, scripts: readonly string[]): readonly string[] {
  const known = [...scripts, 'install', 'exec']
  const names = commands(parsed(text))
    .flatMap((command) => [...command.matchAll(/\bpnpm (?:run )?([\w:-]+)/g)])
    .map(([, name = '']) => name)
  return [...new Set(names)].filter((name) => !known.includes(name))
}

function parsed(text: string): Document {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error) throw error
  return document
}

function jobProblems(job: Job): readonly string[] {
  const { permissions, steps } = job
  const problems = steps.flatMap(stepProblems)
  if (job['timeout-minutes'] === undefined) problems.push('no timeout-minutes')
  if (!permissions) problems.push('no permissions')
  // Who can publish under our name cannot also change what is published.
  if (permissions?.['id-token'] === 'write' && permissions['contents'] === 'write') {
    problems.push('both id-token: write and contents: write')
  }
  // Who can publish the site runs none of the code that builds it.
  if (permissions?.['pages'] === 'write' && steps.some(runsOurCode)) {
    problems.push('pages: write in a job that runs code of the repository')
  }
  return problems
}

function runsOurCode({ uses, run }: Step): boolean {
  return run !== '' || uses.startsWith('./') || uses.startsWith('actions/checkout@')
}

function stepProblems({ uses, run, with: inputs }: Step): string[] {
  const problems: string[] = []
  // What is pasted into a script can end it and begin another. A variable cannot.
  if (run.includes('${{')) problems.push(`an expression inside run, not in env: ${run.trim()}`)
  if (uses.startsWith('actions/checkout@') && inputs['persist-credentials'] !== false) {
    problems.push('checkout leaves its token behind: persist-credentials is not false')
  }
  return problems
}

/** An action of somebody else is one commit, named by its version for people and for Renovate. */
function pinProblems(document: Document): readonly string[] {
  const problems: string[] = []
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || key.value !== 'uses' || !isScalar(value)) return
      const uses = String(value.value)
      if (uses.startsWith('./')) return
      if (!/^[^@]+@[0-9a-f]{40}$/.test(uses)) problems.push(`${uses} is not pinned by a commit`)
      else if (!/^ v\d+\.\d+\.\d+$/.test(value.comment ?? '')) {
        problems.push(`${uses} does not say which version that is`)
      }
    },
  })
  return problems
}

/** Publishing goes by OIDC, and nothing else here needs a secret. */
function secretProblems(text: string): readonly string[] {
  return /\bsecrets\s*[.[]/.test(text) ? ['it uses a stored secret'] : []
}

/** Everything that a shell will run: `run` of steps, and `script` handed to an action. */
function commands(document: Document): readonly string[] {
  const found: string[] = []
  visit(document, {
    Pair(_, { key, value }) {
      const isCommand = isScalar(key) && (key.value === 'run' || key.value === 'script')
      if (isCommand && isScalar(value)) found.push(String(value.value))
    },
  })
  return found
}
