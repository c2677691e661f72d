import { Buffer } from '#runtime/platform/bytes'
import type { AnswerContent } from '../call/response-guard.ts'
import type { HttpResponse } from '../http/send-request.ts'
import type { Scrubber } from '../scrub/secret-scrubber.ts'
import { unreadable } from './text-answer.ts'

/** What a model is given of bytes. */
export interface BytesShown {
  readonly contentType: string
  /** Of the whole, in bytes. */
  readonly size: number
  readonly base64?: string
}

/**
 * The body as it is, without secrets. Read as Latin-1, which is lossless, and both secrets are ASCII. With zeros between
 * its letters, as in UTF-16, a secret cannot be told from the rest of a file, so that answer is refused.
 */
export function readBytes({ body, status }: HttpResponse, scrubber: Scrubber): AnswerContent {
  const { value, redacted } = scrubber.text(body.toString('latin1'))
  const clean = redacted ? Buffer.from(value, 'latin1') : body
  if (value.includes('\0') && scrubber.text(value.replaceAll('\0', '')).redacted) {
    throw unreadable(status, 'bytes that hold a secret of this client, which cannot be removed')
  }
  // A copy, because a small buffer is a part of one that others use.
  return { data: new Uint8Array(clean), text: '', redacted, droppedKeys: 0 }
}

/** `type` is the API's text: what is no media type is not repeated. */
export function bytesShown(bytes: Uint8Array, type = ''): Required<BytesShown> {
  const media = type.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return {
    contentType: /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(media) ? media : 'application/octet-stream',
    size: bytes.byteLength,
    base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  }
}
