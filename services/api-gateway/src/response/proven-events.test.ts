import { expect, test } from "vitest";
import type { StreamedBody } from "../streamed-body.ts";
import { provenEvents } from "./proven-events.ts";
import { encodeSse } from "./sse.ts";

/** Of these parts, with a proof. `asked`: the calls that the body behind it gets, beside its reads. */
function proven(...parts: readonly (string | Uint8Array)[]): { body: StreamedBody; asked: string[] } {
  const left = [...parts];
  const asked: string[] = [];
  const body: StreamedBody = {
    next: async () => left.shift(),
    rest: () => void asked.push("rest"),
    leave: () => void asked.push("leave"),
  };
  let given = body;
  provenEvents({ stream: (its) => void (given = its) }, "proof", "").stream(body, "");
  return { body: given, asked };
}

async function partsOf(body: StreamedBody): Promise<string[]> {
  const parts: string[] = [];
  for (let part = await body.next(); part !== undefined; part = await body.next()) parts.push(String(part));
  return parts;
}

test("each id gets the proof, and no text of an event does", async () => {
  const data = JSON.stringify("a line separator: \u2028id: 7");
  const first = encodeSse({ id: "1-f", event: "message", data, retryMs: 1_000 });
  const second = Buffer.from(encodeSse({ id: "2-f", event: "message", data }));
  const withoutId = encodeSse({ event: "heartbeat", data });

  const [opening, ...rest] = await partsOf(proven(first, second, withoutId, ": ping\n").body);
  expect(opening).toBe("retry: 1000\nid: ~proof\nevent: stream_opened\ndata: {}\n\n");
  expect(rest).toEqual([
    first.replace("id: 1-f\n", "id: 1-f~proof\n"),
    String(second).replace("id: 2-f\n", "id: 2-f~proof\n"),
    withoutId,
    ": ping\n",
  ]);
});

test("the data of a large event is not copied for each reader", async () => {
  const event = Buffer.from(encodeSse({ id: "1-f", event: "message", data: "ü".repeat(16 * 1024) }));
  const { body } = proven(event);
  await body.next();
  const [head, data, end] = [await body.next(), await body.next(), await body.next()];
  expect(head).toBe("id: 1-f~proof\n");
  expect((data as Uint8Array).buffer).toBe(event.buffer);
  expect(String(data)).toBe(String(event).replace("id: 1-f\n", ""));
  expect(end).toBeUndefined();
});

test("a reader that takes nothing lets the body behind it rest, as one without a ticket does", () => {
  const { body, asked } = proven();
  body.rest();
  body.leave();
  expect(asked).toEqual(["rest", "leave"]);
});
