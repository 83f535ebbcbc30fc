import { expect, test } from "vitest";
import type { StreamedBody } from "../streamed-body.ts";
import { provenEvents } from "./proven-events.ts";

test("the body of a reader by ticket rests and is left as the one behind it", () => {
  const heard: string[] = [];
  const body: StreamedBody = {
    next: async () => undefined,
    rest: () => void heard.push("rest"),
    leave: () => void heard.push("leave"),
  };
  let given: StreamedBody | undefined;
  provenEvents({ stream: (proven) => void (given = proven) }, "proof", "").stream(body, ":\n");
  given?.rest?.();
  given?.leave();
  expect(heard).toEqual(["rest", "leave"]);
});
