import { withoutFiles } from '../platform/no-files.ts'

export function othersMayWrite(_folder: string): boolean {
  throw withoutFiles('othersMayWrite', 'Keep files where Node.js runs.')
}
