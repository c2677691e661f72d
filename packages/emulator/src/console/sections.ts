import { agentCards } from './agent-cards.ts'
import { approvalCards } from './approval-cards.ts'
import type { ConsoleView } from './console-view.ts'
import { faultList } from './fault-parts.ts'
import { joined } from './page-parts.ts'

/** The parts of the page that change, as HTML. Equal parts are equal texts. */
export interface Sections {
  readonly approvals: string
  readonly agents: string
  readonly faults: string
}

export function sectionsOf(view: ConsoleView, csrf: string): Sections {
  return {
    approvals: joined(approvalCards(view, csrf)),
    agents: joined(agentCards(view, csrf)),
    faults: joined(faultList(view, csrf)),
  }
}
