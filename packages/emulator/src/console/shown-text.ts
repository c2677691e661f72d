/**
 * What the page shows of texts that came over the network. Escaping is the work of `html`. These functions
 * take out secrets, and make visible what would change how a text looks.
 */

const JWT = /\beyJ[\w-]*\.[\w-]+(?:\.[\w-]*)?/g
/** 32 bytes in base64 or base64url, with the padding: `auth_req_id` and `action_req_id` (contract 3.2, 6). */
const REQUEST_ID = /(?:act_)?[\w+/-]{43}(?:=|%3d)/gi
/** Control, format and private characters, those that turn the direction of a text among them (UAX 9). */
const INVISIBLE = /[^\P{C}\n]/gu
/** The longest word that routes of the server have is shorter. IDs and tokens are longer. */
const MAX_SEGMENT = 24
const MAX_PATH = 120

export type ShowText = (text: string) => string

/** Shows texts without tokens, IDs of requests and these client IDs. */
export function createShowText(clientIds: readonly string[]): ShowText {
  const patterns = clientIds.map((id) => new RegExp(id.replaceAll('-', '(?:-|%2d)?'), 'gi'))
  return (text) => {
    const visible = text.replaceAll(INVISIBLE, marked)
    const plain = visible.replaceAll(JWT, '‹token›').replaceAll(REQUEST_ID, '‹request ID›')
    return patterns.reduce((shown, pattern) => shown.replaceAll(pattern, '‹client ID›'), plain)
  }
}

/** An approver must see that a character is there, and it must not act on the rest of the text. */
function marked(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return `[U+${hex}]`
}

/** A path, in which the start of each long part stands for it, because a caller can put anything into one. */
export function shownPath(path: string): string {
  const shown = path.split('/').map(shownSegment).join('/')
  return shown.length > MAX_PATH ? `${shown.slice(0, MAX_PATH)}…` : shown
}

function shownSegment(segment: string): string {
  return segment.length > MAX_SEGMENT ? `${segment.slice(0, 4)}…` : segment
}
