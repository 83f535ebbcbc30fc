import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { Silences } from "./silences.ts";

test("each is noticed after its own silence, by one timer for all", async () => {
  const clock = new FakeClock();
  const silences = new Silences(clock, 100);
  const startedMs = clock.now();
  const noticed: string[] = [];
  const speaker = (name: string) => ({ onSilence: () => void noticed.push(`${name} ${clock.now() - startedMs}`) });
  const [a, b, c] = [speaker("a"), speaker("b"), speaker("c")];
  silences.didSpeak(a);
  clock.advance(40);
  silences.didSpeak(b);
  silences.didSpeak(c);
  expect(clock.pendingTimers).toBe(1);
  clock.advance(30);
  silences.didSpeak(b);
  clock.advance(140);
  expect(noticed).toEqual(["a 100", "c 140", "b 170", "a 200"]);

  noticed.length = 0;
  for (const each of [a, b]) silences.forget(each);
  clock.advance(100);
  expect([noticed, clock.pendingTimers]).toEqual([["c 240"], 1]);
  silences.forget(c);
  expect(clock.pendingTimers).toBe(0);
});
