import type { ClientConfig } from '../config/config.ts'
import type { Transport } from '../http/transport.ts'
import { createActionGuardApi } from './action-guard-api.ts'
import type { Channel } from './channel.ts'
import { createCibaApi } from './ciba-api.ts'

/** The names of the ways to ask a person. */
export type ChannelName = 'ciba' | 'action-guard'

export interface Channels extends Pick<Channel, 'poll'> {
  start(name: ChannelName, ...question: Parameters<Channel['start']>): ReturnType<Channel['start']>
}

export function createChannels(config: ClientConfig, transport: Transport): Channels {
  const channels: Readonly<Record<ChannelName, Channel>> = {
    ciba: createCibaApi(config, transport),
    'action-guard': createActionGuardApi(config, transport),
  }
  return {
    start: (name, ...question) => channels[name].start(...question),
    poll: (question, signal) =>
      channels[question.flow === 'action-guard' ? 'action-guard' : 'ciba'].poll(question, signal),
  }
}
