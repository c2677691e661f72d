import { runEmulator } from '@authsec/emulator/command-line'

/** The command line of @authsec/emulator, in this process. */
export async function emulator(args: readonly string[]): Promise<number> {
  await runEmulator(args)
  return Number(process.exitCode ?? 0)
}
