import { systemCodeOf } from '../errors.ts'

/** What a failing file system means, whoever uses it: a store or an audit log. */
export type FileFailure = 'full' | 'forbidden' | 'gone' | 'busy' | 'other'

const codes: Readonly<Record<Exclude<FileFailure, 'other'>, readonly string[]>> = {
  full: ['ENOSPC', 'EDQUOT', 'EFBIG'],
  forbidden: ['EACCES', 'EPERM', 'EROFS', 'ERR_ACCESS_DENIED'],
  gone: ['ENOENT', 'ENOTDIR', 'EISDIR', 'ESTALE'],
  busy: ['EMFILE', 'ENFILE', 'EBUSY', 'EAGAIN', 'ENOMEM'],
}

/** Undefined for what is no failure of a system. */
export function fileFailureOf(error: unknown): FileFailure | undefined {
  const systemCode = systemCodeOf(error)
  if (systemCode === undefined) return undefined
  const known = Object.entries(codes).find(([, names]) => names.includes(systemCode))
  return (known?.[0] as FileFailure | undefined) ?? 'other'
}
