import { thrown } from '@authsec-internal/test-kit'
import { describe, expect, it } from 'vitest'
import { isForbiddenAddress } from '../src/network/forbidden-addresses.ts'
import { checkHeaders } from '../src/policy/request-headers.ts'

describe('a header of the developer', () => {
  it.each([
    ...['Authorization', 'Host', 'Cookie', 'Connection', 'Keep-Alive', 'TE', 'Trailer', 'Upgrade'],
    ...['Expect', 'Transfer-Encoding', 'Content-Length', 'Content-Encoding', 'Accept-Encoding'],
    ...['X-HTTP-Method', 'X-HTTP-Method-Override', 'X-Method-Override', 'X-Original-URL'],
    ...['X-Rewrite-URL', 'X-Real-IP', 'Forwarded', 'X-Forwarded-For', 'X-Forwarded-Host'],
    ...['Proxy-Authorization', 'Proxy-Connection', 'Sec-Fetch-Site'],
  ])('%s is the client’s own business, in any case of letters', (name) => {
    for (const spelled of [name, name.toLowerCase(), name.toUpperCase()]) {
      expect(thrown(() => checkHeaders({ [spelled]: 'x' }))).toMatchObject({
        code: 'header_refused',
      })
    }
  })

  it.each([
    'Accept',
    'Content-Type',
    'X-Request-Id',
    'X-Forward',
    'Prefer',
    'If-Match',
    'Security',
  ])('%s is sent', (name) => {
    expect(checkHeaders({ [name]: 'x' })).toEqual({ [name.toLowerCase()]: 'x' })
  })
})

describe('an address', () => {
  it.each([
    ...['0.0.0.0', '0.255.255.255', '169.254.0.0', '169.254.169.254', '169.254.255.255'],
    ...['224.0.0.1', '240.0.0.1', '255.255.255.255', '100.100.100.200', '192.0.0.192'],
    ...['::', 'fe80::1', 'febf::1', 'ff02::1', 'fd00:ec2::254'],
    ...['::ffff:169.254.169.254', '64:ff9b::169.254.169.254', '::169.254.169.254'],
    ...['fd00:ec2::23', 'fd20:ce::254', '168.63.129.16', '2002:a9fe:a9fe::', '2002:a9fe:a9fe:1::2'],
    ...['64:ff9b:1::a9fe:a9fe', '64:ff9b:1:a9fe:a9:fe00::', '::ffff:0:169.254.169.254'],
    ...['::ffff:168.63.129.16', '64:ff9b::168.63.129.16', '2002:a83f:8110::1'],
    ...['::ffff:100.100.100.200', '::ffff:192.0.0.192', '2002:c000:c0::', '::ffff:224.0.0.1'],
  ])('%s is never connected to', (address) => {
    expect(isForbiddenAddress(address)).toBe(true)
  })

  it.each([
    ...['1.0.0.0', '10.0.0.1', '127.0.0.1', '169.253.255.255', '169.255.0.0', '223.255.255.255'],
    ...['100.100.100.199', '192.0.0.193', '::1', 'fec0::1', 'fd00:ec2::255', '2001:db8::1'],
    ...['::ffff:10.0.0.1', 'not an address', ''],
  ])('%j is no business of this list', (address) => {
    expect(isForbiddenAddress(address)).toBe(false)
  })
})
