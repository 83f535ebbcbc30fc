/**
 * A grpc-js client with its defaults, as a service has that knows nothing of us: one channel to a DNS name, a unary call
 * every 20 ms. Arguments: the target, the method's path. It ends with its standard input, and then writes one line of JSON:
 * how often each status code came, and the first failures.
 */

import { text } from "node:stream/consumers";
import { systemClock, type Timer } from "@agent-team/foundation/clock";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";

const [, , target = "", path = ""] = process.argv;
const INTERVAL_MS = 20;
/** Longer than any of the waits that this is about, so that a call which hangs shows as a failure of its own. */
const DEADLINE_MS = 20_000;

const bytes = (value: Buffer): Buffer => value;
const client = new Client(target, credentials.createInsecure());
const codes: Record<string, number> = {};
const failures: string[] = [];
const pending = new Set<Promise<void>>();
const startedMs = systemClock.now();

function call(): Promise<void> {
  const atMs = Math.round(systemClock.now() - startedMs);
  return new Promise((resolve) => {
    const onAnswer = (error: ServiceError | null): void => {
      const code = status[error?.code ?? status.OK] ?? "?";
      codes[code] = (codes[code] ?? 0) + 1;
      if (error !== null && failures.length < 10) failures.push(`${atMs} ms: ${error.message}`);
      resolve();
    };
    const deadline = systemClock.wallNow() + DEADLINE_MS;
    client.makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), { deadline }, onAnswer);
  });
}

let timer: Timer | undefined;
function callAndWait(): void {
  const ended = call();
  pending.add(ended);
  void ended.then(() => pending.delete(ended));
  timer = systemClock.setTimer(INTERVAL_MS, callAndWait);
}
callAndWait();

await text(process.stdin);
timer?.cancel();
await Promise.all(pending);
client.close();
console.log(JSON.stringify({ codes, failures }));
