import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'
import { join, resolve } from 'node:path'

/** Where and when a run took place. */
export interface Machine {
  readonly date: string
  readonly processor: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  /** Processes that were running or waiting, on average of a minute: at the start and at the end. */
  readonly load: readonly [number, number]
  readonly versions: Readonly<Record<string, string>>
}

/** What stands beside us in the tables. */
const PEERS = [
  'undici',
  'jose',
  'fast-jwt',
  'google-auth-library',
  '@azure/core-rest-pipeline',
  '@langchain/core',
  '@llamaindex/core',
  '@mastra/core',
  '@modelcontextprotocol/server',
  'express',
  'fastify',
  'hono',
]

/** Reads it at the start of a run; `finish` adds the load at the end. */
export function readMachine(): { finish(): Machine } {
  const before = round(loadavg()[0])
  return {
    finish: () => ({
      date: new Date().toISOString().slice(0, 10),
      processor: cpus()[0]?.model.trim() || 'unknown',
      cores: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${type()} ${release()}`,
      node: process.version,
      load: [before, round(loadavg()[0])],
      versions: Object.fromEntries(PEERS.map((name) => [name, versionOf(name)])),
    }),
  }
}

const round = (value = 0): number => Math.round(value * 10) / 10

const MODULES = resolve(import.meta.dirname, '../../node_modules')

/** Read as a file, because many packages do not export their package.json. */
function versionOf(name: string): string {
  const manifest = readFileSync(join(MODULES, name, 'package.json'), 'utf8')
  return String(JSON.parse(manifest).version)
}
