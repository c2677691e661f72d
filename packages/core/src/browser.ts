export {}

/** What a bundler for web pages gets in place of this package. */
throw new Error(
  'A browser must not hold a delegation: whoever opens the page would have the token of the agent. Use @authsec/core on a server, and call that server from the page.',
)
