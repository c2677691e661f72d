import type { Rows } from './row.ts'

/** Environment, address and agent. */
export const settingsCodes = {
  // The environment.
  env_file_unreadable: [
    'error',
    'The file of --env-file cannot be read.',
    'The path is wrong, or the file belongs to another user.',
    'Correct --env-file. The path is relative to the working directory.',
  ],
  variable_misspelt: [
    'error',
    'A variable of the environment is misspelt.',
    'Its name is close to one that AuthSec packages read, and they do not read this one.',
    'Rename the variable.',
  ],
  variable_empty: [
    'warning',
    'A variable of the environment is set and empty.',
    'A shell or a compose file sets it from another variable that does not exist. Blank counts as not set.',
    'Give the variable a value, or unset it.',
  ],
  value_quoted: [
    'error',
    'A value has quotation marks around it.',
    '`docker --env-file`, systemd and `set` of Windows keep the quotation marks of a line as part of the value.',
    'Write the value without quotation marks.',
  ],
  value_whitespace: [
    'warning',
    'A value has spaces or a line break at its edge.',
    'It was copied with them, or a file with a line break at its end became the value.',
    'Remove the spaces or the line break: `printf %s` writes none, where `echo` does.',
  ],
  tls_checks_off: [
    'error',
    'Node.js is told to accept every certificate.',
    'NODE_TLS_REJECT_UNAUTHORIZED is 0: anyone on the way can read the token.',
    'Unset it. Add a private authority with NODE_EXTRA_CA_CERTS instead.',
  ],
  mode_unknown: [
    'error',
    'AUTHSEC_MODE is not a mode.',
    'It is neither live, mock nor auto.',
    'Set AUTHSEC_MODE to live, mock or auto, or unset it.',
  ],
  mode_refused: [
    'error',
    'Mock mode is refused in production.',
    'AUTHSEC_MODE is mock, and NODE_ENV is production.',
    'Remove AUTHSEC_MODE=mock, and set AUTHSEC_BASE_URL and AUTHSEC_AGENT_CLIENT_ID.',
  ],
  mode_ignores_server: [
    'warning',
    'Mock mode ignores the server that is configured.',
    'AUTHSEC_MODE is mock, and variables of a server are set as well.',
    'Remove AUTHSEC_MODE=mock to use the server.',
  ],
  not_configured: [
    'error',
    'No AuthSec server is configured.',
    'Neither AUTHSEC_BASE_URL nor AUTHSEC_AGENT_CLIENT_ID is set here.',
    'Set both, or AUTHSEC_MODE=mock to try things without a server. `--env-file FILE` reads them from a file.',
  ],
  setting_invalid: [
    'error',
    'A setting cannot be used.',
    'Its value does not have the form that it needs.',
    'Correct the setting that is named.',
  ],
  // The address.
  base_url_missing: [
    'error',
    'AUTHSEC_BASE_URL is not set.',
    'The client ID is set, and the server is not.',
    'Set AUTHSEC_BASE_URL to the root of the AuthSec server.',
  ],
  base_url_malformed: [
    'error',
    'The address of the AuthSec server is not a URL.',
    'It lacks its scheme, or has a character that a URL cannot have.',
    'Write it in full, such as https://auth.example.com.',
  ],
  base_url_scheme: [
    'error',
    'The address of the AuthSec server has another scheme than https.',
    'Only https, and http to this computer, are spoken.',
    'Begin the address with https://.',
  ],
  base_url_plain_http: [
    'error',
    'The address of the AuthSec server uses plain http.',
    'The token would cross the network readable, so http is for this computer only.',
    'Begin the address with https://.',
  ],
  base_url_path: [
    'error',
    'The address of the AuthSec server has a path.',
    'The packages add the paths of AuthSec themselves. The address is the root, or the URL that ends in /authsec.',
    'Remove the path after the host, or after /authsec.',
  ],
  base_url_doubled: [
    'error',
    'The address of the AuthSec server has /authsec twice.',
    'A script added /authsec to an address that ended in it.',
    'Write /authsec once, or not at all.',
  ],
  base_url_extra: [
    'error',
    'The address of the AuthSec server has a query, a fragment or a user name.',
    'It was copied from a browser, or carries a credential.',
    'Keep scheme, host and port only.',
  ],
  // The agent.
  client_id_missing: [
    'error',
    'AUTHSEC_AGENT_CLIENT_ID is not set.',
    'The server is set, and the agent is not.',
    'Set it to the client ID of the agent, from the AuthSec dashboard.',
  ],
  client_id_placeholder: [
    'error',
    'The client ID is still the placeholder of an example.',
    'The example was copied, and its value was not replaced.',
    'Copy the client ID of the agent from the AuthSec dashboard.',
  ],
  client_id_malformed: [
    'error',
    'The client ID is not a UUID.',
    'A character was lost or added when it was copied, or it is another value.',
    'Copy AUTHSEC_AGENT_CLIENT_ID again from the AuthSec dashboard: 32 hexadecimal digits with hyphens.',
  ],
} as const satisfies Rows
