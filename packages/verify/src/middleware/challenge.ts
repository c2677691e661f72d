interface ChallengeFacts {
  code: string
  status: number
  /** ASCII without quotes and backslashes. */
  description: string
  permissions: readonly string[]
  resourceMetadataUrl: string | undefined
}

/**
 * The value of `WWW-Authenticate` (RFC 6750 section 3). The challenge for a request without a token has
 * no error code (section 3.1). `authsec_code` says which of our codes stands behind the three of RFC 6750:
 * section 3 of it allows further parameters, and clients ignore what they do not know (RFC 9110 section
 * 11.2). `resource_metadata` tells MCP clients where the metadata of this API is
 * (RFC 9728 section 5.1).
 */
export function challengeHeader(facts: ChallengeFacts): string | undefined {
  const { code, status, description, permissions, resourceMetadataUrl } = facts
  if (status === 503) return undefined
  const parameters: string[] = []
  if (code !== 'token_missing') {
    parameters.push(`error="${status === 403 ? 'insufficient_scope' : 'invalid_token'}"`)
    parameters.push(`error_description="${description}"`)
    parameters.push(`authsec_code="${code}"`)
  }
  if (permissions.length > 0) parameters.push(`scope="${permissions.join(' ')}"`)
  if (resourceMetadataUrl) parameters.push(`resource_metadata="${resourceMetadataUrl}"`)
  return parameters.length === 0 ? 'Bearer' : `Bearer ${parameters.join(', ')}`
}
