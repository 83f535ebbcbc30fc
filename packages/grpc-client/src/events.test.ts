import { expect, test } from "vitest";
import { type ChannelEvent, ChannelEvents } from "./events.ts";

const EVENT: ChannelEvent = { type: "resolution-recovered", tier: "dns" };

test("without a listener no event is made", () => {
  let made = 0;
  new ChannelEvents().emit(() => {
    made++;
    return EVENT;
  });
  expect(made).toBe(0);
});

test("every listener gets the same event until it is removed", () => {
  const events = new ChannelEvents();
  const first: ChannelEvent[] = [];
  const second: ChannelEvent[] = [];
  const off = events.on((event) => first.push(event));
  events.on((event) => second.push(event));
  events.emit(() => EVENT);
  off();
  events.emit(() => EVENT);
  expect(first).toEqual([EVENT]);
  expect(second).toEqual([EVENT, EVENT]);
  expect(second[0]).toBe(first[0]);
});

test("a listener that throws disturbs neither the others nor the emitter, and its error is reported", async () => {
  const reported = Promise.withResolvers<unknown>();
  const handlers = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.once("uncaughtException", reported.resolve);
  try {
    const events = new ChannelEvents();
    const received: ChannelEvent[] = [];
    const thrown = new Error("the listener is broken");
    events.on(() => {
      throw thrown;
    });
    events.on((event) => received.push(event));
    events.emit(() => EVENT);
    expect(received).toEqual([EVENT]);
    expect(await reported.promise).toBe(thrown);
  } finally {
    for (const handler of handlers) process.on("uncaughtException", handler);
  }
});
