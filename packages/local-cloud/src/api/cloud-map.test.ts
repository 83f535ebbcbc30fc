import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { Registry } from "../cloud-map/registry.ts";
import { createCloudMap } from "./cloud-map.ts";
import type { CloudView } from "./cloud-view.ts";
import { JsonInput } from "./wire/json-input.ts";

test("DiscoverInstances allows a burst of 2,000 and 1,000 a second, and rejects more with RequestLimitExceeded", () => {
  const clock = new FakeClock();
  // The members that this action reads.
  const cloud = { clock, registry: new Registry("test.local", ["agent"], () => {}) } as unknown as CloudView;
  const { actions } = createCloudMap();
  const input = new JsonInput({ NamespaceName: "test.local", ServiceName: "agent" }, "InvalidInput");
  const countAnswered = (): number => {
    for (let n = 0; ; n++) {
      try {
        void actions["DiscoverInstances"]?.(input, cloud);
      } catch (error) {
        expect(error).toMatchObject({ code: "RequestLimitExceeded", status: 400 });
        return n;
      }
    }
  };
  expect(countAnswered()).toBe(2_000);
  expect(countAnswered()).toBe(0);
  clock.advance(500);
  expect(countAnswered()).toBe(500);
  clock.advance(60_000);
  expect(countAnswered()).toBe(2_000);
});
