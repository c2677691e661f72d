import { readdirSync, readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'

const folder = new URL('../../manifests/', import.meta.url)

/** An object of Kubernetes as it is written. Checks read what they need of it. */
export interface Manifest {
  readonly file: string
  readonly apiVersion: string
  readonly kind: string
  // biome-ignore lint/suspicious/noExplicitAny: its shape is what the schemas check
  readonly object: any
}

export function readManifests(): Manifest[] {
  return manifestFiles().flatMap((file) => parse(file, readFileSync(new URL(file, folder), 'utf8')))
}

export function manifestFiles(): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.yaml'))
}

function parse(file: string, text: string): Manifest[] {
  return [...parseAllDocuments(text)].map((document) => {
    const [error] = [...document.errors, ...document.warnings]
    if (error) throw new Error(`${file}: ${error.message}`)
    const object = document.toJS()
    return { file, apiVersion: object?.apiVersion, kind: object?.kind, object }
  })
}

/** The only object of this kind with this name. */
export function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.filter((one) => one.kind === kind && one.object.metadata.name === name)
  if (found[0] && found.length === 1) return found[0]
  throw new Error(`There are ${found.length} objects ${kind} ${name}.`)
}
