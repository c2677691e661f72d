import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { syncFolderNow } from './folders.ts'

/** A new file that this process alone appends to, by `writeSync`: what was appended outlasts the process. */
export interface AppendFile {
  readonly path: string
  readonly size: number
  /** `lost` after a failure that left it in an unknown state: go on in another file. */
  readonly state: 'open' | 'closed' | 'lost'
  /** Appends all of it, or throws and leaves the file as it was. */
  append(text: string): void
  /** Makes what was appended survive a loss of power. After a failure it is not known what is on the disk. */
  sync(): Promise<void>
  syncNow(): void
  close(): void
}

/** Throws when the path exists: nobody else's file, and no symbolic link, is written to. */
export function openAppendFile(path: string): AppendFile {
  const fd = openSync(path, 'ax', 0o600)
  let size = 0
  let state: AppendFile['state'] = 'open'
  let syncs = 0

  /** While the system syncs it, the descriptor must not be given to another file. */
  function release(): void {
    if (state !== 'open' && syncs === 0) closeSync(fd)
  }

  function end(as: 'closed' | 'lost'): void {
    if (state !== 'open') return
    state = as
    release()
  }

  /** A file that was removed or cut is written to in vain. */
  function refuseAltered(): void {
    const { nlink, size: found } = fstatSync(fd)
    if (nlink > 0 && found === size) return
    throw Object.assign(new Error('The file was removed or altered.'), { code: 'ESTALE' })
  }

  return {
    path,
    get size() {
      return size
    },
    get state() {
      return state
    },
    append(text) {
      const bytes = Buffer.from(text)
      try {
        refuseAltered()
      } catch (error) {
        end('lost')
        throw error
      }
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
        size += bytes.length
      } catch (error) {
        if (!cutBack(fd, size)) end('lost')
        throw error
      }
    },
    sync() {
      syncs += 1
      return new Promise<void>((resolve, reject) => {
        fdatasync(fd, (error) => {
          syncs -= 1
          if (state !== 'open') release()
          else if (error) end('lost')
          if (error) reject(error)
          else resolve()
        })
      })
    },
    syncNow() {
      try {
        fdatasyncSync(fd)
      } catch (error) {
        end('lost')
        throw error
      }
    },
    close: () => end('closed'),
  }
}

/** Creates the file so that it is there after a loss of power. */
export function openDurableFile(path: string): AppendFile {
  const file = openAppendFile(path)
  try {
    syncFolderNow(dirname(path))
    return file
  } catch (error) {
    file.close()
    rmSync(path, { force: true })
    throw error
  }
}

/** A full disk takes a part of a line. */
function cutBack(fd: number, size: number): boolean {
  try {
    ftruncateSync(fd, size)
    return true
  } catch {
    return false
  }
}
