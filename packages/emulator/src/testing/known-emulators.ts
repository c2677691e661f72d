import type { SecretSource } from './find-secrets.ts'

/** The emulators of `withEmulator` so far: test runners load modules anew for each test file. */
const known: SecretSource[] = []

export function remember(emulator: SecretSource): void {
  known.push(emulator)
}

export function knownEmulators(): readonly SecretSource[] {
  return known
}
