/** An agent as it was registered. */
export interface AgentRecord {
  readonly clientId: string
  readonly tenantId: string
  readonly agentType: string
  readonly spiffeId: string
  readonly permissions: readonly string[]
  readonly audience: readonly string[]
  readonly ttlSeconds: number
  readonly isDelegated: boolean
  /** Milliseconds since 1970. */
  readonly createdAt: number
}
