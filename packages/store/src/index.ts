export type {
  CallClient,
  ClusterClient,
  CustomCommandClient,
  RedisClient,
  SendCommandClient,
  SentinelClient,
} from './redis/redis-client.ts'
export type { RedisTokenStoreOptions } from './redis/redis-store.ts'
export { redisTokenStore } from './redis/redis-store.ts'
export type { SqliteTokenStore, SqliteTokenStoreOptions } from './sqlite/sqlite-store.ts'
export { sqliteTokenStore } from './sqlite/sqlite-store.ts'
