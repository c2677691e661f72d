/**
 * What most programs never use, as one module: everything that is loaded by itself cuts what it
 * shares with the rest into one file more, and files take time when the package is imported.
 */
export { createCallApprovals } from './call-approval.ts'
export { createCloudExchange } from './cloud-credentials.ts'
export { createFetchCall } from './fetch-call.ts'
export { createMockServer } from './mock-server.ts'
