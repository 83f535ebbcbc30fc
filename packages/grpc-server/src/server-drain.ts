import { Code, ConnectError } from "@connectrpc/connect";
import type { Listener } from "./connection/listener.ts";
import { Drain, type Drainable } from "./lifecycle/drain.ts";
import type { ResolvedServeOptions } from "./serve-options.ts";
import type { ServerParts } from "./server-calls.ts";
import type { ServerLogger } from "./server-logger.ts";

/** The drain of a gRPC server: applies each step of `Drain` to its health, its connections and its calls. */
export function createServerDrain(
  { config, logger, onDrain }: ResolvedServeOptions,
  { clock, calls, gate, readiness, listener }: ServerParts & { readonly listener: Listener },
): Drain {
  const handover = Promise.withResolvers<void>();
  const draining = new ConnectError("draining", Code.Unavailable);
  const steps: Drainable = {
    didStartDrain() {
      logger.info({ inFlight: calls.inFlight }, "draining");
      readiness.didStartDrain();
      const callsEnded = listener.disconnected();
      void runOnDrain(() => onDrain?.({ callsEnded }), logger).then(handover.resolve);
    },
    goAway: () => listener.goAway(),
    stopListening() {
      listener.stopListening();
      calls.fail(draining, (call) => !call.holdsDrain);
    },
    async disconnected() {
      await Promise.all([listener.disconnected(), handover.promise]);
      logger.info({}, "stopped");
    },
    failCalls() {
      gate.close();
      calls.fail(draining, () => true);
    },
    disconnect() {
      listener.disconnect();
      handover.resolve();
    },
  };
  const { LAME_DUCK_MS: lameDuckMs, LAME_DUCK_QUIET_MS: lameDuckQuietMs, STOP_TIMEOUT_MS: stopTimeoutMs } = config;
  return new Drain(steps, { clock, lameDuckMs, lameDuckQuietMs, stopTimeoutMs });
}

async function runOnDrain(onDrain: () => void | Promise<void>, logger: ServerLogger): Promise<void> {
  try {
    await onDrain();
  } catch (error) {
    logger.error({ err: error }, "onDrain failed");
  }
}
