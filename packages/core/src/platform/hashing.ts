/** Hashes that are made at once. Other runtimes get `hashing.web.ts`: their Web Crypto makes them later only. */
export { createHmac, hash, randomUUID, timingSafeEqual } from 'node:crypto'
