/** Bytes with the encodings of Node.js. Other runtimes get `bytes.web.ts`. */
export { Buffer, isUtf8 } from 'node:buffer'
