import type { Clock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, onTestFinished, test } from "vitest";
import { InProcessJournal, type InProcessJournalOptions } from "./in-process.ts";
import { bytes, describeJournal, expectCode } from "./journal.contract.ts";
import { describeRefusals } from "./refusals.contract.ts";

function open(options: InProcessJournalOptions = {}): InProcessJournal {
  const journal = new InProcessJournal(options);
  onTestFinished(() => journal.close());
  return journal;
}

describeJournal("in-process", async () => open());
describeRefusals("in-process", async () => open({ maxBytes: 1024 * 1024 }));

test("a new document above the count is refused, a present one may still change", async () => {
  const journal = new InProcessJournal({ maxDocuments: 2 });
  await journal.put("a", bytes("a"));
  await journal.put("b", bytes("b"));

  await expectCode(journal.put("c", bytes("c")), "full");
  expect(await journal.put("a", bytes("changed"))).toBe(2);

  await journal.delete("b");
  expect(await journal.put("c", bytes("c"))).toBe(1);
});

test("bytes above the bound are refused, and deletes and smaller values make room", async () => {
  const journal = new InProcessJournal({ maxBytes: 10 });
  await journal.put("a", new Uint8Array(4));
  await journal.put("b", new Uint8Array(4));

  await expectCode(journal.put("c", new Uint8Array(0)), "full");
  await expectCode(journal.put("a", new Uint8Array(5)), "full");

  await journal.put("a", new Uint8Array(3));
  expect(await journal.put("c", new Uint8Array(0))).toBe(1);
  await journal.delete("b");
  expect(await journal.put("a", new Uint8Array(8))).toBe(3);
});

test("a new document leaves room for those that exist", async () => {
  const journal = new InProcessJournal({ maxBytes: 100 });
  await journal.put("a", new Uint8Array(80), { expectedVersion: 0 });

  await expectCode(journal.put("b", new Uint8Array(5), { expectedVersion: 0 }), "full");
  await journal.append("a", [new Uint8Array(9)], { expectedVersion: 1 });
  expect(await journal.put("a", new Uint8Array(99), { expectedVersion: 2 })).toBe(3);
  await journal.put("a", new Uint8Array(79));
  expect(await journal.put("b", new Uint8Array(4), { expectedVersion: 0 })).toBe(1);
});

test("records above the bound of bytes are refused, and a deletion makes room for them", async () => {
  const journal = new InProcessJournal({ maxBytes: 10 });
  await journal.put("a", new Uint8Array(4));
  await journal.put("b", new Uint8Array(2));

  await expectCode(journal.append("a", [new Uint8Array(3)], { expectedVersion: 1 }), "full");
  expect(await journal.append("a", [new Uint8Array(3)], { expectedVersion: 1, mayOverfill: true })).toBe(2);
  await journal.delete("b");
  expect(await journal.append("a", [new Uint8Array(1)], { expectedVersion: 2 })).toBe(3);
});

test("keys above the count of a queue are refused", async () => {
  const journal = new InProcessJournal({ maxDocuments: 2 });
  await journal.schedule("q", ["a", "b"], 0);

  await expectCode(journal.schedule("q", ["b", "c"], 0), "full");
  expect(await journal.claimDue("q", { limit: 9, leaseMs: 0 })).toEqual(["a", "b"]);
});

test("a clock of the wall that jumps makes no key due", async () => {
  const clock = new FakeClock();
  const jumping = { ...clockOf(clock), wallNow: () => clock.wallNow() + 3_600_000 };
  const journal = new InProcessJournal({ clock: jumping });
  await journal.schedule("q", ["a"], 1000);

  expect(await journal.claimDue("q", { limit: 1, leaseMs: 1000 })).toEqual([]);
  clock.advance(1000);
  expect(await journal.claimDue("q", { limit: 1, leaseMs: 1000 })).toEqual(["a"]);
});

function clockOf(clock: FakeClock): Clock {
  return { now: () => clock.now(), wallNow: () => clock.wallNow(), setTimer: clock.setTimer.bind(clock) };
}
