import type { Rows } from './row.ts'

/** What is installed, and the doctor itself. */
export const installationCodes = {
  // What is installed.
  node_too_old: [
    'error',
    'This version of Node.js is too old.',
    'The packages need Node.js 22.13 or newer.',
    'Install Node.js 22.13 or newer.',
  ],
  core_copies: [
    'error',
    'Several copies of @authsec/core are installed.',
    'Packages of different versions each bring their own. Limits and approvals then count apart.',
    'Update all @authsec packages to one version, then `npm dedupe`.',
  ],
  framework_copies: [
    'error',
    'Several copies of a framework are installed.',
    'The adapter finds another copy than the program, so tools and messages of one are foreign to the other.',
    'Install one version that fits all, then `npm dedupe`.',
  ],
  framework_untested: [
    'warning',
    'A framework has a version that the adapter was not tested with.',
    'It is outside of the peer range of the adapter.',
    'Install a version within the range, or a newer adapter.',
  ],
  framework_missing: [
    'error',
    'A framework that an adapter needs is not installed.',
    'It is a peer dependency, and the package manager did not add it.',
    'Install it beside the adapter.',
  ],
  emulator_missing: [
    'error',
    'Mock mode needs @authsec/emulator, which is not installed.',
    'It is an optional peer, so that production holds no code that issues tokens.',
    'Install it for development: npm install --save-dev @authsec/emulator.',
  ],
  // The doctor itself.
  check_timed_out: [
    'error',
    'A check did not end in time.',
    'The network or the server is very slow.',
    'Try again, or give more time with --timeout.',
  ],
  check_failed: [
    'error',
    'A check ended with an unexpected error.',
    'This is a fault of the doctor, or of the system it runs on.',
    'Report it with the name of the check, on the page of issues of the project.',
  ],
} as const satisfies Rows
