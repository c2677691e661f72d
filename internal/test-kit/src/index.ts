export { anotherProcess } from './another-process.ts'
export type { ConnectProxy, ConnectProxyOptions } from './connect-proxy.ts'
export { startConnectProxy } from './connect-proxy.ts'
export { costRatio } from './cost-ratio.ts'
export {
  echoBodies,
  findEcho,
  inBase64,
  inEntities,
  inHex,
  jsonEscaped,
  percentEncoded,
  readings,
} from './echoes.ts'
export {
  inProcessClient,
  inProcessEmulator,
  rejection,
  testClient,
  testEmulator,
  thrown,
} from './emulators.ts'
export type { FakeClock } from './fake-clock.ts'
export { createFakeClock, fastClock, settle } from './fake-clock.ts'
export type { TestServer } from './http-server.ts'
export { startServer } from './http-server.ts'
export { inFlight } from './in-flight.ts'
export { findLeaks, plantSecret, renderings, watch } from './leak-watch.ts'
export { notPlainJson } from './not-plain-json.ts'
export { expectNumberedTimersToWork } from './numbered-timers.ts'
export { oddTexts } from './odd-texts.ts'
export type { OptionsSuite } from './options-suite.ts'
export { describeOptions } from './options-suite.ts'
export type { ProgramRun, RunningProgram } from './program.ts'
export { checkedRun, runProgram, startProgram } from './program.ts'
export { createRandom, pick } from './random.ts'
export type { RawAnswer } from './raw-socket.ts'
export { sendRaw } from './raw-socket.ts'
export type { RecordedRequest, RecordingApi } from './recording-api.ts'
export { sendJson, startRecordingApi } from './recording-api.ts'
export type { RedisServer } from './redis-server.ts'
export { lacksRedis, startRedis } from './redis-server.ts'
export type { SelfSigned } from './self-signed.ts'
export { selfSigned } from './self-signed.ts'
export type { StoreSuite } from './store-suite.ts'
export { describeStore } from './store-suite.ts'
export type { TlsFront } from './tls-front.ts'
export { startTlsFront } from './tls-front.ts'
export { operationOptionCases, secureFetchOptionCases } from './tool-option-cases.ts'
export type { AgentName, TwoAgents } from './two-agents.ts'
export { agentNames, recordOf, twoAgents } from './two-agents.ts'
export type { WebFile } from './web-graph.ts'
export { webGraph } from './web-graph.ts'
