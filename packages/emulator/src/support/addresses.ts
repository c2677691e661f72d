const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** Whether a text is an IP address; one of IPv6 may have a zone. */
export function isAddress(text: string): boolean {
  if (IPV4.test(text)) return true
  const [, address = ''] = /^([\da-f:.]+)(?:%[\w.:-]+)?$/i.exec(text) ?? []
  return address.includes(':') && URL.canParse(`http://[${address}]`)
}

/** Whether the host of a URL is `localhost` or an address of the loopback interface, also one of IPv4 inside IPv6. */
export function isLoopbackHost(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/.test(
    hostname,
  )
}
