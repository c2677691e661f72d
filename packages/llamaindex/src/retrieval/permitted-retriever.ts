import type { AuthSecClient } from '@authsec/core'
import { checkOptions, optionalNumber, required } from '@authsec/core/adapter'
import type { NodeWithScore } from '@llamaindex/core/schema'
import { hasMethods, isClient, optionalSignal } from '../support/option-values.ts'
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
  /** Nodes to return, if there are so many that may be seen. Default: 5. */
  similarityTopK?: number | undefined
  /** Nodes less similar than this are left out, 0 to 1. Default: none is. */
  similarityCutoff?: number | undefined
  /** Ends the wait for a token. LlamaIndex passes no signal of its own to a retriever. */
  signal?: AbortSignal | undefined
}

/** No more nodes than this are asked for when a store ignores the filters and hardly any node may be seen. */
const MAX_CANDIDATES = 4096

/**
 * A retriever of the index that finds only what the asker may see: the filters are applied in the
 * store, before the top k are chosen; what comes back is checked again, and topped up to k. It is
 * LlamaIndex's own, so it fits query engines, chat engines and agents. With a client as the asker,
 * its permissions are looked up at each question. Retrieving throws what `getDelegationToken` throws.
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
