/**
 * Loaded before the service: timers take ten times as long, and time that is measured goes at a tenth. A machine that is busy
 * with other things is then no store that is late by 50 ms.
 */
const SLOWER = 10
const now = performance.now.bind(performance)
performance.now = () => now() / SLOWER
const original = globalThis.setTimeout
const slow = (callback: () => void, ms = 0) => original(callback, ms * SLOWER)
globalThis.setTimeout = Object.assign(slow, original)
