import type { EmulatorControl } from './control.ts'

/** One line typed at the running emulator; returns what to print. */
export async function runCommand(
  line: string,
  control: EmulatorControl,
  requestCount: () => number,
): Promise<string> {
  const [command = '', ...rest] = line.trim().split(/\s+/)
  switch (command) {
    case '':
      return ''
    case 'revoke':
      control.revoke()
      return 'Revoked: the next pull answers 404. Tokens already issued stay valid until they expire.'
    case 'expire':
      control.expire()
      return 'Expired: the vault refuses the token, the next pull answers 410 and later ones 404.'
    case 'delegate':
      control.delegate(rest.length > 0 ? { permissions: rest } : {})
      return `Delegated anew${rest.length > 0 ? ` with ${rest.join(', ')}` : ''}.`
    case 'rotate':
      await control.rotateKey()
      return 'The signing key was replaced: tokens issued before verify nowhere.'
    case 'requests':
      return `${requestCount()} requests so far.`
    default:
      return 'Commands: delegate [permission …], revoke, expire, rotate, requests, quit.'
  }
}
