import { html } from 'hono/html'
import type { AgentSummary, DelegationSummary } from '../delegation/agent-summary.ts'
import type { ConsoleView, Numbered } from './console-view.ts'
import { actionButton, countdown, type Html } from './page-parts.ts'
import type { ShowText } from './shown-text.ts'

/** The agents with their delegations, and the forms of their administrator. */
export function agentCards({ agents, show }: ConsoleView, csrf: string): Html[] {
  return agents.map((agent) => card(agent, show, csrf))
}

type ShownAgent = Numbered<AgentSummary & { readonly fingerprint: string }>

function card({ number, entry }: ShownAgent, show: ShowText, csrf: string): Html {
  const { delegation, agentType, fingerprint } = entry
  const id = `agent-${number}`
  return html`<article id="${id}" class="card" aria-labelledby="${id}-name">
    <h3 id="${id}-name"><bdi>${show(agentType)}</bdi> <code>${fingerprint}</code></h3>
    ${delegation ? delegationFacts(delegation, show) : html`<p>Never delegated.</p>`}
    ${delegateForm({ id, number, csrf, permissions: plainOf(delegation, show) })}
    <div class="buttons">
      <button id="${id}-delegate" form="${id}-form" aria-describedby="${id}-name">Delegate</button>
      ${
        delegation?.status === 'active'
          ? (['revoke', 'expire'] as const).map((change) =>
              actionButton({
                ...{ id: `${id}-${change}`, action: `/console/${change}`, csrf },
                ...{ label: change === 'revoke' ? 'Revoke' : 'Expire' },
                ...{ values: { agent: number }, describedBy: `${id}-name` },
              }),
            )
          : ''
      }
    </div>
  </article>`
}

function delegationFacts(delegation: DelegationSummary, show: ShowText): Html {
  const { status, permissions, audience, expiresAt } = delegation
  return html`<dl>
    <div><dt>Delegation</dt><dd><span class="badge ${status}">${status}</span></dd></div>
    ${status === 'active' ? html`<div><dt>Time left</dt><dd>${countdown(expiresAt)}</dd></div>` : ''}
    <div><dt>Permissions</dt><dd>${
      permissions.length === 0
        ? 'none'
        : permissions.map((permission) => html`<code><bdi>${show(permission)}</bdi></code> `)
    }</dd></div>
    <div><dt>Audience</dt><dd><bdi>${show(audience.join(', '))}</bdi></dd></div>
  </dl>`
}

/** The permissions that a field can hold as they are: without commas, and without what only a mark shows. */
function plainOf(delegation: DelegationSummary | undefined, show: ShowText): readonly string[] {
  return (delegation?.permissions ?? []).filter(
    (permission) => show(permission) === permission && !permission.includes(','),
  )
}

function delegateForm(form: {
  readonly id: string
  readonly number: number
  readonly csrf: string
  readonly permissions: readonly string[]
}): Html {
  const { id, number, csrf, permissions } = form
  return html`<form id="${id}-form" method="post" action="/console/delegate" class="delegate">
    <input type="hidden" name="csrf" value="${csrf}" />
    <input type="hidden" name="agent" value="${number}" />
    <label for="${id}-permissions">Permissions</label>
    <label for="${id}-seconds">Seconds</label>
    <input id="${id}-permissions" name="permissions" autocomplete="off" spellcheck="false"
      placeholder="orders:read, orders:write" value="${permissions.join(', ')}" />
    <input id="${id}-seconds" name="seconds" inputmode="numeric" autocomplete="off" placeholder="default" />
  </form>`
}
