import type { Rows } from './row.ts'

/** The way to a server, and the proxy. */
export const connectionCodes = {
  // The way to a server.
  host_not_found: [
    'error',
    'The name of the server is not known to DNS.',
    'It is misspelt, or only an internal resolver or a proxy knows it.',
    'Correct the host, or connect to the network (VPN) that knows it.',
  ],
  resolver_failed: [
    'error',
    'The resolver does not answer.',
    'This computer has no network, or its DNS server is down.',
    'Check the network and the DNS server of this computer, then try again.',
  ],
  address_blocked: [
    'error',
    'The name of the server leads to an address that is never connected to.',
    'It is a link-local or metadata address, or an address of another computer over plain http.',
    'Correct the address, and check the resolver.',
  ],
  port_closed: [
    'error',
    'Nothing listens on the port of the server.',
    'The server is not running, or the port is wrong.',
    'Start the server, or correct the port.',
  ],
  connect_timeout: [
    'error',
    'The server takes no connection in time.',
    'A firewall drops the packets, or the server is overloaded.',
    'Check the firewall and the VPN. `--timeout` gives more time.',
  ],
  network_unreachable: [
    'error',
    'There is no route to the server.',
    'This computer is off the network, or the network of the server is not connected.',
    'Check the network and the VPN.',
  ],
  connection_lost: [
    'error',
    'The server closes the connection without an answer.',
    'A load balancer without a server behind it, a firewall that resets, or a server that crashed.',
    'Look into the logs of the server and of what stands in front of it.',
  ],
  no_answer: [
    'error',
    'The server takes the connection and does not answer in time.',
    'It hangs, or waits for something else.',
    'Look into the logs of the server. `--timeout` gives more time.',
  ],
  tls_not_spoken: [
    'error',
    'The address says https, and the port speaks plain http.',
    'The port is that of the http server.',
    'Correct the port. Write http:// only for a server on this computer.',
  ],
  tls_spoken: [
    'error',
    'The address says http, and the port speaks https.',
    'The server expects TLS on this port.',
    'Write https:// in the address.',
  ],
  tls_version: [
    'error',
    'The server speaks no version of TLS that Node.js accepts.',
    'It offers only versions before TLS 1.2, or no common cipher.',
    'Update the server, or what ends TLS in front of it, to TLS 1.2 or 1.3.',
  ],
  client_certificate_required: [
    'error',
    'The server requires a certificate of the client.',
    'It is protected by mutual TLS.',
    'Give the client an undici dispatcher with the certificate (option `dispatcher`).',
  ],
  certificate_expired: [
    'error',
    'The certificate of the server has expired.',
    'It was not renewed, or the clock of this computer is ahead.',
    'Renew the certificate. Compare the clock of this computer if others accept it.',
  ],
  certificate_not_yet_valid: [
    'error',
    'The certificate of the server is not valid yet.',
    'The clock of this computer is behind, or the certificate is for later.',
    'Set the clock of this computer.',
  ],
  certificate_self_signed: [
    'error',
    'The certificate of the server is self-signed.',
    'It is a test certificate, or a private authority that Node.js does not know.',
    'Add the certificate with NODE_EXTRA_CA_CERTS=/path/to/ca.pem, or use one of a public authority.',
  ],
  certificate_untrusted: [
    'error',
    'The certificate of the server is of an authority that Node.js does not trust.',
    'It is a private authority, a proxy that opens TLS, or a server that sends no intermediate certificate.',
    'Add the authority with NODE_EXTRA_CA_CERTS=/path/to/ca.pem, or NODE_USE_SYSTEM_CA=1 if the system trusts it; have the server send the whole chain.',
  ],
  certificate_wrong_name: [
    'error',
    'The certificate of the server is for another name.',
    'The address names the server by an alias or by its IP address, or leads to another server.',
    'Use a name that is in the certificate.',
  ],
  // The proxy.
  proxy_malformed: [
    'error',
    'The address of the proxy cannot be used.',
    'It is no http or https URL, or has a path. SOCKS proxies are not supported.',
    'Write it as http://proxy.example.com:3128.',
  ],
  proxy_unreachable: [
    'error',
    'The proxy cannot be reached.',
    'Its host or port is wrong, or it is down.',
    'Correct the address of the proxy, or name the server in NO_PROXY if it is reached without one.',
  ],
  proxy_credentials: [
    'error',
    'The proxy asks for a user name and a password.',
    'The address of the proxy has none, or wrong ones (HTTP 407).',
    'Write them into AUTHSEC_PROXY: http://user:password@proxy.example.com:3128, percent-encoded.',
  ],
  proxy_refused: [
    'error',
    'The proxy does not connect to the server.',
    'It does not allow the host, or cannot reach it itself.',
    'Ask the administrator of the proxy to allow the host and port of the server.',
  ],
  proxy_needed: [
    'error',
    'The server is reached through the proxy only, and the proxy is not used.',
    'A variable names the proxy. Node.js uses it only when it is told to.',
    'Set NODE_USE_ENV_PROXY=1, or AUTHSEC_PROXY to the address of the proxy.',
  ],
} as const satisfies Rows
