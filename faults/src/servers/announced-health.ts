/** `grpc.health.v1.Health/Watch`, by hand: each watcher gets the state, and each change of it. */

import type { ServerHttp2Stream } from "node:http2";
import { frame } from "./wire.ts";

export const HEALTH_WATCH_PATH = "/grpc.health.v1.Health/Watch";

/** HealthCheckResponse: field 1, an enum. */
const SERVING = frame(Uint8Array.of(0x08, 1));
const NOT_SERVING = frame(Uint8Array.of(0x08, 2));

export class AnnouncedHealth {
  readonly #watchers = new Set<ServerHttp2Stream>();
  #serves = true;

  set serves(serves: boolean) {
    if (serves === this.#serves) return;
    this.#serves = serves;
    for (const watcher of this.#watchers) watcher.write(this.#message);
  }

  watch(stream: ServerHttp2Stream): void {
    this.#watchers.add(stream);
    stream.on("close", () => this.#watchers.delete(stream));
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
    stream.write(this.#message);
  }

  get #message(): Buffer {
    return this.#serves ? SERVING : NOT_SERVING;
  }
}
