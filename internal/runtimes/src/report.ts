/** Where the program finds the emulator. */
export interface Place {
  readonly baseUrl: string
  readonly vaultUrl: string
  readonly clientId: string
  readonly tenantId: string
}

export type Step =
  | { readonly ok: true }
  /** A refusal is a `ConfigError`: the packages say that something has no form on this runtime. */
  | { readonly ok: false; readonly isRefusal: boolean; readonly error: string }

export const STEPS = ['mock call', 'live call', 'approval', 'verify'] as const

export type StepName = (typeof STEPS)[number]

/** What the program answers. */
export type Report = Readonly<Record<StepName, Step>>
