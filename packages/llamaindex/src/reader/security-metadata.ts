/** Stands for "no permission needed", in options and in metadata: everyone counts as having it. */
export const NO_PERMISSION_NEEDED = 'authsec:none'

/** Where each document comes from and who may see it. It is flat, because vector stores filter by top-level keys. */
export interface SecurityMetadata {
  source_endpoint: string
  /** `authsec:live`: read with a delegation token of an AuthSec server. `mock`: invented by the emulator. */
  ingestion_auth: 'authsec:live' | 'mock'
  clearance_required: string
  /** When its page arrived, ISO 8601. */
  retrieved_at: string
  /** The permission that reading the endpoint takes. */
  endpoint_permission: string
  /** The permission that seeing this record takes. */
  required_permission: string
  /** True only in documents that `loadData` returns after it has read everything. */
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
