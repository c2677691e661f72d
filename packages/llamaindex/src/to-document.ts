import type { AuthSecClient } from '@authsec/core'
import { Document } from '@llamaindex/core/schema'
import { problem } from './read-error.ts'
import type { JsonRecord, ReadPlan } from './read-options.ts'
import { fieldOf } from './record-list.ts'

/** What each document says about where it comes from and who may see it. Flat, as vector stores want it. */
export interface SecurityMetadata {
  source_endpoint: string
  /** How it was read: with a delegation token of a real server, or invented by the emulator. */
  ingestion_auth: 'authsec:live' | 'mock'
  clearance_required: string
  /** When its page arrived, ISO 8601. */
  retrieved_at: string
  /** The permission that reading the endpoint takes. */
  endpoint_permission: string
  /** The permission that seeing this record takes. */
  required_permission: string
  /** True only in what `loadData` returns after it read everything. */
  ingestion_complete: boolean
}

/** The keys of `SecurityMetadata`, kept out of embeddings and prompts. */
export const SECURITY_METADATA_KEYS: readonly (keyof SecurityMetadata)[] = Object.freeze([
  'source_endpoint',
  'ingestion_auth',
  'clearance_required',
  'retrieved_at',
  'endpoint_permission',
  'required_permission',
  'ingestion_complete',
])

export type AuthSecDocument = Document<SecurityMetadata & Record<string, string | number | boolean>>

/** One record as a document. `index` counts from 0 over the whole read. Throws for a record that cannot be used. */
export function toDocument(
  record: unknown,
  index: number,
  plan: ReadPlan,
  mode: AuthSecClient['mode'],
  retrievedAt: string,
): AuthSecDocument {
  if (!isRecord(record)) throw unusable(index, 'is not an object')
  const { endpoint, permission } = plan
  return new Document({
    id_: `${endpoint}#${idOf(record, index, plan)}`,
    text: textOf(record, index, plan),
    metadata: {
      ...chosenFields(record, plan.metadata ?? []),
      source_endpoint: endpoint,
      ingestion_auth: mode === 'mock' ? 'mock' : 'authsec:live',
      clearance_required: clearanceOf(record, plan),
      retrieved_at: retrievedAt,
      endpoint_permission: permission,
      required_permission: permissionOf(record, index, plan),
      ingestion_complete: false,
    },
    excludedEmbedMetadataKeys: [...SECURITY_METADATA_KEYS],
    excludedLlmMetadataKeys: [...SECURITY_METADATA_KEYS],
  })
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function idOf(record: JsonRecord, index: number, { id = 'id' }: ReadPlan): string {
  const value = typeof id === 'function' ? id(record, index) : fieldOf(record, id)
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text === 'string' && text.trim() !== '' && text.length <= 1024) return text
  throw problem(
    'record_without_id',
    `Record ${index} of the read (from 0) has no usable ID.`,
    'Say where the ID is with `id`: a field, or a function of the record. Without a stable one, reading again would duplicate records.',
  )
}

function textOf(record: JsonRecord, index: number, { text }: ReadPlan): string {
  const written = typeof text === 'function' ? text(record) : linesOf(record, text)
  if (typeof written === 'string' && written.trim() !== '') return written
  throw unusable(index, 'has no text')
}

function linesOf(record: JsonRecord, fields: readonly string[] | undefined): string {
  if (fields) {
    const values = fields.map((name) => fieldOf(record, name))
    return values.filter(isPresent).map(shown).join('\n')
  }
  const present = Object.entries(record).filter(([, value]) => isPresent(value))
  return present.map(([name, value]) => `${name}: ${shown(value)}`).join('\n')
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

function shown(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function chosenFields(
  record: JsonRecord,
  names: readonly string[],
): Record<string, string | number | boolean> {
  const chosen: Record<string, string | number | boolean> = {}
  for (const name of names) {
    const value = fieldOf(record, name)
    const isFlat = ['string', 'number', 'boolean'].includes(typeof value)
    if (isFlat) chosen[name] = value as string | number | boolean
  }
  return chosen
}

function clearanceOf(record: JsonRecord, { clearance = 'clearance' }: ReadPlan): string {
  const value = typeof clearance === 'function' ? clearance(record) : fieldOf(record, clearance)
  return typeof value === 'string' && value !== '' ? value : 'unspecified'
}

function permissionOf(record: JsonRecord, index: number, plan: ReadPlan): string {
  const needed = plan.recordPermission?.(record) ?? plan.permission
  if (typeof needed === 'string' && needed.trim() !== '') return needed
  throw unusable(index, 'was given an empty permission')
}

function unusable(index: number, why: string): Error {
  return problem(
    'record_unusable',
    `Record ${index} of the read (from 0) ${why}.`,
    'Look at what the API sends, and at the options `records`, `text` and `recordPermission`.',
  )
}
