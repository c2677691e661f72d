interface ChallengeFacts {
  code: string
  status: number
  /** ASCII without quotes and backslashes. */
  description: string
  permissions: readonly string[]
  resourceMetadataUrl: string | undefined
}

/**
 * The `WWW-Authenticate` value of a refusal (RFC 6750 section 3). A request without a token learns no
 * error code; `resource_metadata` tells MCP clients where to read on (RFC 9728 section 5.1).
 */
export function challengeOf(facts: ChallengeFacts): string | undefined {
  const { code, status, description, permissions, resourceMetadataUrl } = facts
  if (status === 503) return undefined
  const parameters: string[] = []
  if (code !== 'token_missing') {
    parameters.push(`error="${status === 403 ? 'insufficient_scope' : 'invalid_token'}"`)
    parameters.push(`error_description="${description}"`)
  }
  if (permissions.length > 0) parameters.push(`scope="${permissions.join(' ')}"`)
  if (resourceMetadataUrl) parameters.push(`resource_metadata="${resourceMetadataUrl}"`)
  return parameters.length === 0 ? 'Bearer' : `Bearer ${parameters.join(', ')}`
}
