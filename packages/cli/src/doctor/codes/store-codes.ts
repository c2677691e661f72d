import type { Rows } from './row.ts'

/** What the processes of the agents share. */
export const storeCodes = {
  store_client_missing: [
    'error',
    'No client of Redis is installed in this project.',
    'The packages `redis` and `ioredis` were looked for from the working directory on.',
    'Run the doctor in the folder of the agent, or `npm install redis`.',
  ],
  store_unreachable: [
    'error',
    'The store cannot be reached or opened.',
    'The server does not run, the address or the password is wrong, or the file is not there.',
    'Check --store from the machine of the agent: host, port, user and password, or the path of the file.',
  ],
  store_call_failed: [
    'error',
    'The store failed at one of its calls.',
    'The user of Redis may not use a command or a key, the server is full or read-only, or it answers late.',
    'Give the user `-@all +auth +get +set +del +eval ~authsec:*`, connect to the primary, and see the log of the server.',
  ],
  store_wrong: [
    'error',
    'The store does not do what it promises, so that approvals could be used twice.',
    'A replica, a proxy or another program answers or removes entries.',
    'Connect to the primary of a server, or a database of it, that nothing else writes to.',
  ],
  store_evicts: [
    'warning',
    'The Redis server may remove entries when its memory is full.',
    'Its `maxmemory-policy` is not `noeviction`. A claim that was removed can be taken again.',
    'Set `maxmemory-policy noeviction`. A full server then refuses writes, and agents go on without it.',
  ],
  store_slow: [
    'warning',
    'The store takes more than 50 ms for an answer.',
    'It is far away or busy. Agents do not wait longer for a shared token, and ask AuthSec instead.',
    'Put the store beside the agents, in the same zone.',
  ],
  store_entry_unreadable: [
    'warning',
    'The entry of this agent in the store is none that its processes accept.',
    'Something else wrote to it, or the clocks of two processes are more than a minute apart.',
    'Let nothing but the agents write to the store, and synchronise the clocks. The agents replace the entry.',
  ],
} as const satisfies Rows
