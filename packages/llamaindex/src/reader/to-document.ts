import type { AuthSecClient } from '@authsec/core'
import { Document } from '@llamaindex/core/schema'
import { recordProblem } from './read-error.ts'
import { readHints } from './read-hints.ts'
import type { JsonRecord } from './read-options.ts'
import type { ReadPlan } from './read-plan.ts'
import { fieldOf, isRecord, shortText, valueAt } from './record-list.ts'
import { SECURITY_METADATA_KEYS, type SecurityMetadata } from './security-metadata.ts'

type Metadata = SecurityMetadata & Record<string, string | number | boolean>

export type AuthSecDocument = Document<Metadata>

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
  const id_ = `${endpoint}#${idOf(record, index, plan)}`
  const text = textOf(record, index, plan)
  const security: Metadata = {
    source_endpoint: endpoint,
    ingestion_auth: mode === 'mock' ? 'mock' : 'authsec:live',
    clearance_required: clearanceOf(record, plan),
    retrieved_at: retrievedAt,
    endpoint_permission: permission,
    required_permission: permissionOf(record, index, plan),
    ingestion_complete: false,
  }
  return new Document({
    id_,
    text,
    metadata: plan.metadata ? { ...chosenFields(record, plan.metadata), ...security } : security,
    excludedEmbedMetadataKeys: EXCLUDED.slice(),
    excludedLlmMetadataKeys: EXCLUDED.slice(),
  })
}

/** Not frozen: an array that is not is copied several times as fast. */
const EXCLUDED: readonly string[] = [...SECURITY_METADATA_KEYS]

function idOf(record: JsonRecord, index: number, { id = 'id' }: ReadPlan): string {
  const text = shortText(typeof id === 'function' ? id(record, index) : fieldOf(record, id))
  if (text?.trim()) return text
  throw recordProblem('record_without_id', index, 'has no usable ID', readHints.record_without_id)
}

function textOf(record: JsonRecord, index: number, { text }: ReadPlan): string {
  const content = typeof text === 'function' ? written(text(record)) : linesOf(record, text)
  if (content !== undefined) return content
  throw unusableRecord(index, 'has no text')
}

function written(text: unknown): string | undefined {
  return typeof text === 'string' && text.trim() !== '' ? text : undefined
}

/** Undefined when each line is blank. They are looked at before they are joined, because a joined text is copied to be looked at. */
function linesOf(record: JsonRecord, fields: readonly string[] | undefined): string | undefined {
  let lines: string | undefined
  let hasText = false
  for (const name of fields ?? Object.keys(record)) {
    const value = fieldOf(record, name)
    if (!isPresent(value)) continue
    const line = fields ? asText(value) : `${name}: ${asText(value)}`
    hasText ||= line.trim() !== ''
    lines = lines === undefined ? line : `${lines}\n${line}`
  }
  return hasText ? lines : undefined
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
  return recordProblem('record_unusable', index, why, readHints.record_unusable)
}
