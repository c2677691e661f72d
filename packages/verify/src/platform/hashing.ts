/** Hashes that are made at once. Other runtimes get `hashing.web.ts`: their Web Crypto makes them later only. */
export { hash } from 'node:crypto'
