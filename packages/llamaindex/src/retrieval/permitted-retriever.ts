import type { AuthSecClient } from '@authsec/core'
import { checkOptions, optionalNumber, optionalSignal, required } from '@authsec/core/adapter'
import type { NodeWithScore } from '@llamaindex/core/schema'
import { hasMethods, isClient } from '../support/option-values.ts'
import { maySee, type PermissionFilters, permissionFilters } from './permission-filters.ts'

/** The part of LlamaIndex's retrievers that is needed: the method on which all their others rest. */
export interface Retriever {
  _retrieve(query: object): Promise<NodeWithScore[]>
}

/** Any index with `asRetriever`, such as `VectorStoreIndex`. */
export interface RetrievableIndex<R extends Retriever = Retriever> {
  asRetriever(options: { similarityTopK: number; filters: PermissionFilters }): R
}

export interface PermittedRetrieverOptions {
  /** Maximum number of nodes to return. Default: 5. */
  similarityTopK?: number | undefined
  /** The retriever leaves out nodes with a lower similarity, 0 to 1. Default: it leaves out none. */
  similarityCutoff?: number | undefined
  /** Ends the wait for a token. LlamaIndex passes no signal of its own to a retriever. */
  signal?: AbortSignal | undefined
}

/** The maximum number of nodes to request: a store may ignore the filters while the asker may see hardly any node. */
const MAX_CANDIDATES = 4096

/**
 * Creates a retriever of the index that finds only what the asker may see. The store applies the filters
 * before it chooses the top k. The retriever checks each result again, and asks for more until it has k.
 * It is LlamaIndex's own retriever object, so query engines, chat engines and agents accept it. When the
 * asker is a client, the retriever reads the permissions of its token at each question.
 *
 * Throws `ConfigError` for an unusable argument or option. Retrieving rejects with `DelegationError` when
 * the client has no token, and with the reason of `signal`.
 *
 * @example
 * ```ts
 * import type { AuthSecClient } from '@authsec/core'
 * import { permittedRetriever } from '@authsec/llamaindex'
 * import type { VectorStoreIndex } from 'llamaindex'
 *
 * export function engineFor(index: VectorStoreIndex, asker: AuthSecClient) {
 *   const retriever = permittedRetriever(index, asker, { similarityTopK: 3 })
 *   return index.asQueryEngine({ retriever })
 * }
 * ```
 */
export function permittedRetriever<R extends Retriever>(
  index: RetrievableIndex<R>,
  asker: AuthSecClient | readonly string[],
  options: PermittedRetrieverOptions = {},
): R {
  assertArguments(index, asker, options)
  const { similarityTopK = 5, similarityCutoff = Number.NEGATIVE_INFINITY } = options
  const isSimilar = ({ score = 0 }: NodeWithScore): boolean => score >= similarityCutoff
  // A caller that bypasses the replaced method finds only what everyone may see.
  const retriever = index.asRetriever({ similarityTopK, filters: permissionFilters([]) })
  const permissionsNow = async (): Promise<readonly string[]> => {
    if (!isClient(asker)) return asker
    return (await asker.getDelegationToken({ signal: options.signal })).permissions
  }
  retriever._retrieve = async (query) => {
    const permissions = await permissionsNow()
    const filters = permissionFilters(permissions)
    for (let wanted = similarityTopK; ; wanted *= 2) {
      const found = await index.asRetriever({ similarityTopK: wanted, filters })._retrieve(query)
      const seen = distinct(found.filter((item) => isVisible(item, permissions)))
      const isAll = found.length < wanted || wanted >= MAX_CANDIDATES
      if (seen.length >= similarityTopK || isAll) {
        return seen.filter(isSimilar).slice(0, similarityTopK)
      }
    }
  }
  return retriever
}

const isIndex = required((value) => hasMethods(value, 'asRetriever'), 'an index with asRetriever')

/** Throws `ConfigError` at creation, because a retriever that cannot work would fail only at a question. */
function assertArguments(
  index: unknown,
  asker: AuthSecClient | readonly string[],
  options: unknown,
): void {
  isIndex(index, 'index')
  if (!isClient(asker)) permissionFilters(asker)
  checkOptions<PermittedRetrieverOptions>(options, 'the retriever options', {
    similarityTopK: optionalNumber({ least: 1, most: Number.MAX_SAFE_INTEGER, integer: true }),
    similarityCutoff: optionalNumber({ least: 0, most: 1 }),
    signal: optionalSignal,
  })
}

function isVisible({ node }: NodeWithScore, permissions: readonly string[]): boolean {
  // A store can return a node that its index no longer has: then there is no metadata.
  return node?.metadata !== undefined && maySee(permissions, node.metadata)
}

function distinct(found: readonly NodeWithScore[]): NodeWithScore[] {
  return [...new Map(found.map((item) => [item.node.id_, item])).values()]
}
