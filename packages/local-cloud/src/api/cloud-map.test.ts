import { FakeClock } from "@agent-team/grpc-client/testing";
import { expect, test } from "vitest";
import { Registry } from "../cloud-map/registry.ts";
import { createCloudMap } from "./cloud-map.ts";
import type { CloudView } from "./cloud-view.ts";
import { JsonInput } from "./wire/json-input.ts";

test("answers 2,000 questions for instances at once, then 1,000 a second, and refuses the others as AWS does", () => {
  const clock = new FakeClock();
  // All that this action looks at.
  const cloud = { clock, registry: new Registry("test.local", ["agent"], () => {}) } as unknown as CloudView;
  const { actions } = createCloudMap();
  const input = new JsonInput({ NamespaceName: "test.local", ServiceName: "agent" }, "InvalidInput");
  const answered = (): number => {
    for (let n = 0; ; n++) {
      try {
        void actions["DiscoverInstances"]?.(input, cloud);
      } catch (error) {
        expect(error).toMatchObject({ code: "RequestLimitExceeded", status: 400 });
        return n;
      }
    }
  };
  expect(answered()).toBe(2_000);
  expect(answered()).toBe(0);
  clock.advance(500);
  expect(answered()).toBe(500);
  clock.advance(60_000);
  expect(answered()).toBe(2_000);
});
