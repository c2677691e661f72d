import { suite } from '../../vitest.config.ts'

// Several start processes, and a store that is late by 50 ms is one that agents go on without.
export default suite('redis', { fileParallelism: false, testTimeout: 120_000 })
