import type { TestProject } from 'vitest/node'
import { createEnvironment, type Environment } from './environment.ts'

declare module 'vitest' {
  interface ProvidedContext {
    environment: Environment
  }
}

/** Makes the environment once for all suites, and prints why they are skipped when it cannot be made. */
export default async function setUp(project: TestProject): Promise<void> {
  const environment = await createEnvironment()
  if ('missing' in environment) {
    const line = `The Python packages are not run: ${environment.missing}`
    if (process.env['PYTHON_PEERS'] === 'required') throw new Error(line)
    process.stdout.write(`${line}\n`)
  }
  project.provide('environment', environment)
}
