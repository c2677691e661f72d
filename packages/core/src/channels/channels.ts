import type { ClientConfig } from '../config/config.ts'
import type { Emit } from '../events.ts'
import type { AuthSecServer } from '../limiter/authsec-server.ts'
import { createActionGuardApi } from './action-guard-api.ts'
import type { Channel } from './channel.ts'
import { createCibaApi } from './ciba-api.ts'

/** The names of the ways to ask a person. */
export type ChannelName = 'ciba' | 'action-guard'

export interface Channels extends Pick<Channel, 'poll'> {
  start(name: ChannelName, ...question: Parameters<Channel['start']>): ReturnType<Channel['start']>
}

export function createChannels(config: ClientConfig, server: AuthSecServer, emit: Emit): Channels {
  const channels: Readonly<Record<ChannelName, Channel>> = {
    ciba: createCibaApi(config, server, emit),
    'action-guard': createActionGuardApi(config, server, emit),
  }
  return {
    start: (name, ...question) => channels[name].start(...question),
    poll: (question, signal) =>
      channels[question.flow === 'action-guard' ? 'action-guard' : 'ciba'].poll(question, signal),
  }
}
