/*!
 * Of @noble/hashes, a part of which is in the build of this file:
 *
 * The MIT License (MIT)
 *
 * Copyright (c) 2022 Paul Miller (https://paulmillr.com)
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy
 * of this software and associated documentation files (the "Software"), to deal
 * in the Software without restriction, including without limitation the rights
 * to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
 * copies of the Software, and to permit persons to whom the Software is
 * furnished to do so, subject to the following conditions:
 *
 * The above copyright notice and this permission notice shall be included in
 * all copies or substantial portions of the Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
 * IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
 * FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
 * AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
 * LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
 * OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN
 * THE SOFTWARE.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { Buffer } from './bytes.web.ts'

/** The part of `node:crypto` that this package uses, for runtimes that have none. A test holds the two equal. */

type Digits = 'hex' | 'base64' | 'base64url'

export function hash(
  _algorithm: 'sha256',
  data: string | Uint8Array,
  encoding: Digits = 'hex',
): string {
  return Buffer.from(sha256(octetsOf(data))).toString(encoding)
}

interface Hmac {
  update(data: string | Uint8Array): Hmac
  digest(): Buffer
  digest(encoding: Digits): string
}

export function createHmac(_algorithm: 'sha256', key: Uint8Array): Hmac {
  const state = hmac.create(sha256, octetsOf(key))
  function digest(): Buffer
  function digest(encoding: Digits): string
  function digest(encoding?: Digits): Buffer | string {
    const bytes = Buffer.from(state.digest())
    return encoding ? bytes.toString(encoding) : bytes
  }
  const self: Hmac = {
    update(data) {
      state.update(octetsOf(data))
      return self
    },
    digest,
  }
  return self
}

/** In the same time wherever they differ. */
export function timingSafeEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) throw new RangeError('Both must have the same length.')
  let difference = 0
  for (let index = 0; index < one.length; index++) {
    difference |= (one[index] ?? 0) ^ (other[index] ?? 0)
  }
  return difference === 0
}

export function randomUUID(): string {
  return crypto.randomUUID()
}

function octetsOf(data: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data)
}
