import { isForbiddenAddress, isForbiddenHost } from './forbidden-addresses.ts'
import { chooseProxy, usesProxy } from './proxy-rules.ts'

/** Where requests of a client go and which way, for tools that explain it to people. */
export const networkRules = Object.freeze({
  chooseProxy,
  isForbiddenAddress,
  isForbiddenHost,
  usesProxy,
})
