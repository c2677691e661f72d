import { INSTALL_EMULATOR, LEAVE_MOCK_MODE } from '../config/environment.ts'
import type { ConfigErrorCode } from '../errors.ts'
import { mistakeMessages } from '../transports/mistake-error.ts'
import type { ErrorCodeEntry } from './entry.ts'

const { fetch, dispatcher, undici } = mistakeMessages

/** Mistakes in options, variables and functions of the program. */
export const configCodes: Readonly<Record<ConfigErrorCode, ErrorCodeEntry>> = {
  config_missing: {
    meaning: 'A required option or variable is not set.',
    cause:
      'It was never given, it is blank, or only one of AUTHSEC_BASE_URL and AUTHSEC_AGENT_CLIENT_ID is set.',
    fix: 'Set what the message names, or AUTHSEC_MODE=mock to try things without a server.',
  },
  config_invalid: {
    meaning: 'An option, a variable or an argument cannot work.',
    cause:
      'The name is misspelt, the value has the wrong form or unit, or two options contradict each other.',
    fix: 'Correct the option that the message names. The hint lists what is accepted.',
  },
  mode_refused: {
    meaning: 'Mock mode is refused because NODE_ENV is production.',
    cause: 'AUTHSEC_MODE=mock is set in production, where invented data must never appear.',
    fix: LEAVE_MOCK_MODE,
  },
  emulator_missing: {
    meaning: 'Mock mode needs the package @authsec/emulator, which is not installed.',
    cause: 'The package is a development dependency, and this installation left it out.',
    fix: INSTALL_EMULATOR,
  },
  module_missing: {
    meaning: 'The HTTP client undici could not be loaded, or does not work as it was loaded.',
    cause: 'A bundler took undici in or changed it, or the installation is not complete.',
    fix: undici[2],
  },
  fetch_unusable: {
    meaning: fetch[1],
    cause: 'The function threw its own TypeError, or returned something other than a Response.',
    fix: fetch[2],
  },
  dispatcher_unusable: {
    meaning: dispatcher[1],
    cause:
      'It is closed or destroyed, comes from another version of undici, or may not reach the address.',
    fix: dispatcher[2],
  },
  store_unusable: {
    meaning: 'The store that processes share cannot be used.',
    cause:
      'Its disk or its server is full, it may not be read or written, it was changed or closed, its server cannot be reached or does not answer in time, or it is full of claims.',
    fix: 'Look at `systemCode` and at the directory, database or server of the store: free space, give the user of this process access, and leave its entries alone.',
  },
}
