import { pathToFileURL } from 'node:url'
import type { Place, Report, Step } from './report.ts'

type EmulatorPackage = typeof import('../../../packages/emulator/src/index.ts')

/** The emulator that one row talks to, and what it saw. */
export interface Witness extends AsyncDisposable {
  readonly place: Place
  /** The report, with each step as failed that the program reports as done and the emulator did not see. */
  confirm(report: Report): Report
}

/** Serves the emulator of the packed package on loopback; it approves whatever it is asked. */
export async function startWitness(project: string): Promise<Witness> {
  const url = pathToFileURL(`${project}/node_modules/@authsec/emulator/dist/index.js`)
  const { startEmulator }: EmulatorPackage = await import(url.href)
  let closed = 0
  const emulator = await startEmulator({
    approvals: 'approve',
    rateLimit: false,
    routes: [
      {
        method: 'POST',
        path: '/accounts/:id/close',
        permission: 'records:read',
        handle: () => ({ closed: ++closed }),
      },
    ],
  })
  const { baseUrl, vaultUrl, clientId, tenantId } = emulator
  const asked = (path: RegExp): number =>
    emulator.requests.filter((request) => path.test(request.path)).length
  const seen: Record<string, () => boolean> = {
    'live call': () => asked(/records$/) === 1,
    approval: () => closed === 1 && emulator.control.approvals().length === 1,
    verify: () => asked(/jwt\/bundle$/) >= 1,
  }
  return {
    place: { baseUrl, vaultUrl, clientId, tenantId },
    confirm(report) {
      const steps = Object.entries(report).map(([name, step]: [string, Step]) => {
        if (!step.ok || seen[name]?.() !== false) return [name, step]
        const error = 'The program reports success, and the emulator saw something else.'
        return [name, { ok: false, isRefusal: false, error }]
      })
      return Object.fromEntries(steps)
    },
    [Symbol.asyncDispose]: () => emulator.close(),
  }
}
