/** How Valkey GLIDE calls some errors of the server; the others keep their word, with a colon. */
const GLIDE_KINDS = new Map([
  ['ResponseError', 'ERR'],
  ['PermissionDenied', 'NOPERM'],
  ['ReadOnly', 'READONLY'],
  ['BusyLoadingError', 'LOADING'],
  ['ClusterDown', 'CLUSTERDOWN'],
  ['TryAgain', 'TRYAGAIN'],
  ['MasterDown', 'MASTERDOWN'],
])

const FROM_GLIDE = /^An error was signalled by the server: - (\w+):/
/** Redis 6 puts what a command of a script says behind words of its own. */
const IN_SCRIPT = /Error running script [^@]*(?:@user_script: ?\d+: )+-?([A-Z]{3,16}) /
const FIRST_WORD = /^([A-Z]{3,16}):? /

/** The word that an error of the server begins with, such as `OOM`. The rest of it may hold keys and values. */
export function serverCode(message: string): string | undefined {
  const kind = FROM_GLIDE.exec(message)?.[1]
  const code = kind === undefined ? FIRST_WORD.exec(message)?.[1] : GLIDE_KINDS.get(kind)
  return (code === 'ERR' && IN_SCRIPT.exec(message)?.[1]) || code
}
