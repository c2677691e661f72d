import { suite } from '../../vitest.config.ts'

const { DURABLE_RUNS = '200' } = process.env

export default suite('durable', { env: { DURABLE_RUNS }, testTimeout: 600_000 })
