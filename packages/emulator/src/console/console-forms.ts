import type { EmulatorControl } from '../control.ts'
import type { AgentSummary } from '../delegation/agent-summary.ts'
import { ConfigError } from '../errors.ts'
import { entryOf } from './console-view.ts'
import { offeredFaults, offeredTimes } from './fault-parts.ts'

/** The fields of a form that a person sent. */
export type FormFields = Readonly<Record<string, string>>

type Change = (fields: FormFields, control: EmulatorControl) => string

/**
 * What each form changes, and what the page says then. The fields name agents and approvals by numbers of the
 * console. Each change throws a `ConfigError` for what cannot be done.
 */
export const changes: Readonly<Record<string, Change>> = {
  decide,
  delegate(fields, control) {
    const { clientId } = agentOf(fields, control)
    const permissions = listOf(fields['permissions'])
    const seconds = fields['seconds']?.trim()
    control.delegate({ permissions, ...(seconds && { ttlSeconds: Number(seconds) }) }, clientId)
    return 'Delegated again.'
  },
  revoke(fields, control) {
    control.revoke(agentOf(fields, control).clientId)
    return 'Revoked. Issued tokens stay valid until they expire.'
  },
  expire(fields, control) {
    control.expire(agentOf(fields, control).clientId)
    return 'Expired. The vault rejects the token.'
  },
  fail(fields, control) {
    const fault = own(offeredFaults, fields['fault'])
    const times = own(offeredTimes, fields['times'])
    if (!fault || times === undefined) throw unknownEntry('fault')
    const path = fields['path']?.trim()
    control.failNext(fault, { times, ...(path && { path }) })
    return 'The fault is on.'
  },
  'clear-faults': (_, control) => {
    control.clearFaults()
    return 'All faults are off.'
  },
}

/** A second tab, or the device, may have decided before: then this throws. */
function decide(fields: FormFields, control: EmulatorControl): string {
  const { decision } = fields
  const approval = entryOf(control.approvals(), fields['approval'])
  if (!approval || (decision !== 'approve' && decision !== 'deny')) throw unknownEntry('approval')
  control[decision](approval.authReqId)
  if (decision === 'deny') return 'Denied.'
  const isPending = entryOf(control.approvals(), fields['approval'])?.status === 'pending'
  return isPending ? 'Approved once. This action needs one more approval.' : 'Approved.'
}

function agentOf(fields: FormFields, control: EmulatorControl): AgentSummary {
  const agent = entryOf(control.agents(), fields['agent'])
  if (!agent) throw unknownEntry('agent')
  return agent
}

/** As on the command line: commas stand between the entries. */
function listOf(text = ''): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function own<T>(values: Readonly<Record<string, T>>, name = ''): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined
}

function unknownEntry(what: string): ConfigError {
  const message = `The console has no such ${what}.`
  return new ConfigError({ code: 'config_invalid', message, hint: 'Reload the page.' })
}
