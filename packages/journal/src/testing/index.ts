/** What tests of code on this journal need: the real Redis. */

export { freePort, RedisServer, type RedisServerOptions, whyNoRedisServer } from "./redis-server.ts";
