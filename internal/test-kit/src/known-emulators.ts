import type { EmulatorHandler } from '@authsec/emulator'

// Loaded before every test file, so it loads nothing itself.

type Known = Pick<EmulatorHandler, 'clientId' | 'control'>
const known: Known[] = []

export function rememberEmulator(emulator: Known): void {
  known.push(emulator)
}

/** Every client ID and every token of the emulators that the test file used. */
export function* emulatorSecrets(): Generator<readonly [string, string]> {
  for (const { clientId, control } of known) {
    yield [clientId, 'a client ID']
    for (const secret of control.issuedSecrets) {
      // The signature is the part of a JWT without which the rest is not usable.
      yield [secret.split('.')[2] || secret, 'a token or credential']
    }
  }
}
