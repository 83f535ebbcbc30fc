import { expect, test } from "vitest";
import { RecordingListener } from "../../test/support/recording-listener.ts";
import { ManualResolver } from "./manual-resolver.ts";

test("the last result before the start is reported at the start", async () => {
  const listener = new RecordingListener();
  new ManualResolver([{ host: "10.0.10.7", port: 50_051 }]).start(listener);
  expect(await listener.nextKeys()).toEqual(["10.0.10.7:50051"]);
});

test("sets and errors are reported, and requests are recorded", async () => {
  const listener = new RecordingListener();
  const resolver = new ManualResolver();
  resolver.start(listener);
  expect(listener.results).toEqual([]);
  resolver.fail();
  expect((await listener.nextError()).message).toMatch(/^\[unavailable\]/);
  resolver.update([{ host: "127.0.0.1", port: 1, lane: 1, kind: "load-balancer" }]);
  expect(await listener.nextKeys()).toEqual(["127.0.0.1:1#1"]);
  resolver.refresh("goaway");
  resolver.didFailToConnect("127.0.0.1:1");
  expect(resolver).toMatchObject({ refreshes: ["goaway"], connectFailures: ["127.0.0.1:1"], isStandby: false });
});

test("after close nothing is reported", () => {
  const listener = new RecordingListener();
  const resolver = new ManualResolver();
  resolver.start(listener);
  resolver.close();
  resolver.update([]);
  expect(listener.results).toEqual([]);
  expect(resolver.isClosed).toBe(true);
});
