import type { Manifest } from './manifests.ts'
import { containersOf } from './reference-check.ts'

/** What the profile `restricted` of the pod security standards asks for, and a root file system that nobody writes to. */
export function securityProblems({ kind, object }: Manifest): string[] {
  const pod = object.spec?.template?.spec
  if (!pod) return []
  const where = `${kind} ${object.metadata.name}`
  const { securityContext = {}, automountServiceAccountToken } = pod
  return [
    ...problemIf(automountServiceAccountToken !== false, `${where} mounts a token of Kubernetes`),
    ...problemIf(securityContext.runAsNonRoot !== true, `${where} may run as root`),
    ...problemIf(!(securityContext.runAsUser > 0), `${where} does not say as whom it runs`),
    ...problemIf(
      securityContext.seccompProfile?.type !== 'RuntimeDefault',
      `${where} has no seccomp profile`,
    ),
    ...problemIf(pod.hostNetwork || pod.hostPID || pod.hostIPC, `${where} is on the host`),
    ...containersOf({ object }).flatMap((container) => containerProblems(where, container)),
  ]
}

function containerProblems(
  where: string,
  // biome-ignore lint/suspicious/noExplicitAny: its shape is what the schemas check
  { name, securityContext = {}, resources = {} }: any,
): string[] {
  const its = `${where}: ${name}`
  const { privileged, allowPrivilegeEscalation, readOnlyRootFilesystem } = securityContext
  return [
    ...problemIf(privileged, `${its} is privileged`),
    ...problemIf(allowPrivilegeEscalation !== false, `${its} may gain privileges`),
    ...problemIf(readOnlyRootFilesystem !== true, `${its} may write to its root`),
    ...problemIf(!securityContext.capabilities?.drop?.includes('ALL'), `${its} has capabilities`),
    ...problemIf(securityContext.capabilities?.add, `${its} adds capabilities`),
    ...problemIf(!resources.requests?.memory, `${its} requests no memory`),
    ...problemIf(!resources.requests?.cpu, `${its} requests no CPU`),
    ...problemIf(!resources.limits?.memory, `${its} has no limit of memory`),
  ]
}

function problemIf(isSo: unknown, problem: string): string[] {
  return isSo ? [problem] : []
}
