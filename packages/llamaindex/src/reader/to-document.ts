import type { AuthSecClient } from '@authsec/core'
import { Document } from '@llamaindex/core/schema'
import { recordProblem } from './read-error.ts'
import type { JsonRecord } from './read-options.ts'
import type { ReadPlan } from './read-plan.ts'
import { fieldOf, isRecord, shortText, valueAt } from './record-list.ts'
import { SECURITY_METADATA_KEYS, type SecurityMetadata } from './security-metadata.ts'

export type AuthSecDocument = Document<SecurityMetadata & Record<string, string | number | boolean>>

/** Makes a document of a record. `index` counts from 0 over the whole read. Throws for a record that cannot be used. */
export function toDocument(
  record: unknown,
  index: number,
  plan: ReadPlan,
  mode: AuthSecClient['mode'],
  retrievedAt: string,
): AuthSecDocument {
  if (!isRecord(record)) throw unusableRecord(index, 'is not an object')
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

function idOf(record: JsonRecord, index: number, { id = 'id' }: ReadPlan): string {
  const text = shortText(typeof id === 'function' ? id(record, index) : fieldOf(record, id))
  if (text?.trim()) return text
  throw recordProblem(
    'record_without_id',
    index,
    'has no usable ID',
    'Set `id` to the field that holds the ID, or to a function of the record.',
  )
}

function textOf(record: JsonRecord, index: number, { text }: ReadPlan): string {
  const content = typeof text === 'function' ? text(record) : linesOf(record, text)
  if (typeof content === 'string' && content.trim() !== '') return content
  throw unusableRecord(index, 'has no text')
}

function linesOf(record: JsonRecord, fields: readonly string[] | undefined): string {
  if (fields) {
    const values = fields.map((name) => fieldOf(record, name))
    return values.filter(isPresent).map(asText).join('\n')
  }
  const present = Object.entries(record).filter(([, value]) => isPresent(value))
  return present.map(([name, value]) => `${name}: ${asText(value)}`).join('\n')
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

function asText(value: unknown): string {
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
  const value = valueAt(clearance, record)
  return typeof value === 'string' && value !== '' ? value : 'unspecified'
}

function permissionOf(record: JsonRecord, index: number, plan: ReadPlan): string {
  const needed = plan.recordPermission?.(record) ?? plan.permission
  if (typeof needed === 'string' && needed.trim() !== '') return needed
  throw unusableRecord(index, 'has an empty permission')
}

function unusableRecord(index: number, why: string): Error {
  return recordProblem(
    'record_unusable',
    index,
    why,
    'Compare what the API sends with the options `records`, `text` and `recordPermission`.',
  )
}
