import type { AuthSecClient, Clock } from '@authsec/core'
import type { OperationOptions } from '@authsec/core/tool'
import type { z } from 'zod'

/** The arguments of the guarded call: the API is to pay this much to this account. */
export interface Payment {
  readonly to: string
  readonly amount: number
}

/** How the framework names a call. */
export interface CallName {
  /** Another one each time the framework begins the call anew. */
  readonly toolCallId: string
  /** The conversation or durable run: the same after a restart. */
  readonly thread: string
  /** Who is signed in. */
  readonly user: string
}

/** What happens when a paused call is carried on. */
export interface Resumption {
  /** Who is signed in now: another one than who asked, in some runs. */
  readonly user: string
  /** The name under which the framework knows the call now, where it names it anew. Absent: as before. */
  readonly toolCallId?: string | undefined
  /** The arguments as somebody edited them while the call was paused. Absent: as before. */
  readonly args?: Payment | undefined
}

/** Where a call stands: it waits, with what the framework keeps meanwhile; or it has ended, whether well or badly. */
export type Progress = { readonly stored: string } | { readonly outcome: unknown }

/** What a resumption can get wrong. */
export type Wrong = 'arguments' | 'user' | 'keys' | 'approver' | 'text'

/** A framework, or the core itself, whose approvals outlive a process. */
export interface Host {
  readonly name: string
  /** What cannot go wrong in this framework, with the reason: such runs are left out. */
  readonly cannot?: { readonly [What in Wrong]?: string }
  /** Starts a process: a client, a tool and framework objects of its own. */
  open(process: ProcessWorld): HostProcess | Promise<HostProcess>
}

export interface HostProcess {
  /** The model calls the tool; up to the pause or the end. What it throws counts as an end. */
  begin(args: Payment, call: CallName): Promise<Progress>
  /** Carries a paused call on, with what was stored; up to the next pause or the end. The host must not look at who approved: it only collects. */
  resume(stored: string, now: Resumption): Promise<Progress>
  close(): void | Promise<void>
}

/** What a process of the host works with. */
export interface ProcessWorld {
  /** The client of this process. Its requests and its store stop when the process is killed. */
  readonly client: AuthSecClient
  /** The clock of this process, for a host that waits itself. */
  readonly clock: Clock
  /** The guarded operation, for `operationTool` of the framework: its rule suspends. */
  readonly operation: OperationOptions<z.ZodObject<{ to: z.ZodString; amount: z.ZodNumber }>>
  /** What survives all processes of one run: a checkpointer, a database, a session. */
  readonly durable: Map<string, unknown>
}
