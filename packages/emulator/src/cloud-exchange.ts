/**
 * How the exchange for cloud credentials answers: as today's servers do (never with credentials), with
 * the token they declare, or, for AWS, with the keys that their documents show.
 */
export type CloudExchangeMode = 'today' | 'token' | 'aws-keys'
