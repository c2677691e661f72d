import { networkRules } from '@authsec/core/adapter'
import type { DoctorCode } from '../codes.ts'
import type { Findings } from '../report.ts'

/** The URL of the AuthSec API, which ends in `/authsec/`; `undefined` and a finding when it cannot be one. */
export function checkBaseUrl(value: string, findings: Findings): URL | undefined {
  const text = unquoted(value)
  const problem = problemOf(text)
  if (problem) {
    findings.add(...problem)
    return undefined
  }
  const url = new URL(text)
  url.pathname = '/authsec/'
  findings.facts['baseUrl'] = url.href.replace(/\/$/, '')
  return url
}

type Found = Parameters<Findings['add']>

function problemOf(text: string): Found | undefined {
  const url = URL.parse(text)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (!url || /[\u0000-\u0020\u007f\\]/.test(text)) {
    const seen = /^[\w.-]+(:\d+)?(\/|$)/.test(text)
      ? 'It has no https:// before the host'
      : undefined
    return ['base_url_malformed', { seen }]
  }
  if (/^[\w.-]+:\d*$/.test(text))
    return ['base_url_malformed', { seen: 'It has no https:// before the host' }]
  if (!/^https?:$/.test(url.protocol)) {
    const isHost = /^[a-z\d.-]+$/.test(url.protocol.slice(0, -1)) && !text.includes('//')
    return isHost
      ? ['base_url_malformed', { seen: 'It has no https:// before the host' }]
      : ['base_url_scheme', { seen: `It begins with ${url.protocol}` }]
  }
  if (url.username || url.password || url.search || url.hash) return ['base_url_extra']
  if (networkRules.isForbiddenHost(url.hostname)) return ['address_blocked']
  if (url.protocol === 'http:' && !isThisComputer(url)) return ['base_url_plain_http']
  return pathProblem(url.pathname)
}

function pathProblem(path: string): Found | undefined {
  if (/^(\/authsec)?\/*$/.test(path)) return undefined
  if (/^(\/authsec){2,}\/*$/.test(path)) return ['base_url_doubled']
  const code: DoctorCode = 'base_url_path'
  return [code, { seen: `The path is ${path.slice(0, 100)}` }]
}

export function isThisComputer({ hostname }: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

/** Looked at without the quotation marks, which have a finding of their own. */
function unquoted(value: string): string {
  return value.trim().replace(/^(["'`“‘])(.*)["'`”’]$/s, '$2')
}

const PLACEHOLDER = /your|example|placeholder|uuid|changeme|<.*>|\.{3}|…|x{4,}/i

/** The client ID in the form of the server; `undefined` and a finding when it is no UUID. It is never shown. */
export function checkClientId(value: string, findings: Findings): string | undefined {
  const text = unquoted(value)
  const id = uuidOf(text)
  if (id === '00000000-0000-0000-0000-000000000000' || (!id && PLACEHOLDER.test(text))) {
    findings.add('client_id_placeholder')
    return undefined
  }
  if (id !== undefined) return id
  findings.add('client_id_malformed', { seen: whyNoUuid(text) })
  return undefined
}

function whyNoUuid(text: string): string {
  if (/[\r\n]/.test(text)) return 'It has a line break in it.'
  if (/\s/.test(text)) return 'It has a space in it.'
  const digits = text.replaceAll('-', '')
  if (/^[\da-f]*$/i.test(digits)) return `It has ${digits.length} hexadecimal digits instead of 32.`
  return `It has ${text.length} characters, and not all of them are hexadecimal digits.`
}

/** Every form that the client converts (contract 1.1). */
export function uuidOf(text: string): string | undefined {
  const digits = text
    .trim()
    .toLowerCase()
    .replace(/^urn:uuid:/, '')
    .replace(/^\{(.*)\}$/, '$1')
  const form = /^([\da-f]{8})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{12})$/.exec(
    digits,
  )
  return form?.slice(1).join('-')
}
