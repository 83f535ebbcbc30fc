import fc from "fast-check";
import { expect, test } from "vitest";
import { EventParser } from "./sse.ts";

const STREAM =
  'retry: 1000\nid: t.1-a\nevent: message\ndata: {"message":"Hä 🎉"}\n\n: ping\nid: t.2-a\nevent: turn_completed\ndata: {}\n\n';

test("events are the same however the stream is cut, and a comment is no event", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(STREAM.length)), (cuts) => {
      const parser = new EventParser();
      const places = [0, ...cuts.toSorted((a, b) => a - b), STREAM.length];
      const events = places.slice(1).flatMap((end, at) => parser.push(STREAM.slice(places[at], end)));
      expect(events).toEqual([
        { id: "t.1-a", name: "message", data: '{"message":"Hä 🎉"}' },
        { id: "t.2-a", name: "turn_completed", data: "{}" },
      ]);
    }),
  );
});

test("an event without an id keeps the cursor, lines end as they like, and a part of an event is none", () => {
  const parser = new EventParser();
  expect(parser.push("event: heartbeat\r\ndata: {}\r\n\r\ndata: a\ndata: b\n\nid: 5\ndata: cut")).toEqual([
    { id: undefined, name: "heartbeat", data: "{}" },
    { id: undefined, name: "message", data: "a\nb" },
  ]);
});
