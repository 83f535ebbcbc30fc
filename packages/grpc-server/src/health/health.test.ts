import { getEventListeners } from "node:events";
import { HealthCheckRequestSchema, HealthCheckResponse_ServingStatus as Serving } from "@agent-team/contracts";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { create } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { Echo } from "../../test/echo.ts";
import { service } from "../service.ts";
import { createHealthService } from "./health.ts";
import { Readiness } from "./readiness.ts";

const POLL_MS = 1_000;

test("a Watch keeps at most one abort listener, however often the status changes", async () => {
  let isAvailable = true;
  const clock = new FakeClock();
  const readiness = new Readiness(clock, [{ name: "store", isAvailable: () => isAvailable }]);
  const { methods } = createHealthService([service(Echo, {})], readiness);
  const { signal } = new AbortController();
  const watch = methods.find(({ method }) => method.name === "Watch");
  if (watch?.kind !== "server_streaming") throw new Error("expected a server-streaming method Watch");
  const request = create(HealthCheckRequestSchema, { service: Echo.typeName });
  const statuses = watch.impl(request, { signal } as HandlerContext)[Symbol.asyncIterator]();
  await statuses.next();

  for (let change = 0; change < 20; change += 1) {
    const next = statuses.next();
    isAvailable = !isAvailable;
    clock.advance(POLL_MS);
    expect((await next).value).toEqual({ status: isAvailable ? Serving.SERVING : Serving.NOT_SERVING });
    expect(getEventListeners(signal, "abort").length).toBeLessThanOrEqual(1);
  }
});
