import type { VaultRecord } from './vault-record.ts'

/**
 * The form of the official Python demonstrations (contract 8): `{ status: 'success', data }`, where a list
 * is an array of records with a `name`. Errors keep their form, because those programs read only the status.
 */
export async function inEnvelope(response: Response): Promise<Response> {
  if (!response.ok) return response
  const body: unknown = await response.json()
  const data = isRecordList(body) ? body.records.map(named) : body
  return new Response(JSON.stringify({ status: 'success', data }), response)
}

function isRecordList(body: unknown): body is { records: readonly VaultRecord[] } {
  return typeof body === 'object' && body !== null && 'records' in body
}

function named(record: VaultRecord): object {
  return { ...record, name: record.title }
}
