/**
 * What most programs never use, as one module: everything that is loaded by itself cuts what it
 * shares with the rest into one file more, and files take time when the package is imported.
 */
export { createCallApprovals } from '../approval/call-approval.ts'
export { createFetchCall } from '../call/fetch-call.ts'
export { createCloudExchange } from '../cloud/cloud-credentials.ts'
export { createMockServer } from './mock-server.ts'
