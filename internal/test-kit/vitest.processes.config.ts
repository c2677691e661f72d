import { suite } from '../../vitest.config.ts'

// They take long, and want the machine for themselves.
export default suite('processes', { fileParallelism: false })
