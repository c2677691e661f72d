import { spawn } from 'node:child_process'

/** The program of each platform that opens an address in the person's browser. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['rundll32.exe', 'url.dll,FileProtocolHandler'],
}

/** Opens an address of this emulator. Calls `failed` when the platform has no program for it. */
export function openPage(
  address: string,
  failed: () => void,
  platform: NodeJS.Platform = process.platform,
): void {
  const [program = '', ...args] = OPENERS[platform] ?? ['xdg-open']
  const child = spawn(program, [...args, address], { stdio: 'ignore', detached: true })
  child.once('error', failed)
  child.once('exit', (code) => {
    if (code !== 0) failed()
  })
  child.unref()
}
