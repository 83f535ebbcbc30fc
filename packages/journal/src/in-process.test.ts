import { expect, onTestFinished, test } from "vitest";
import { InProcessJournal } from "./in-process.ts";
import { bytes, describeJournal, expectCode } from "./journal.contract.ts";

describeJournal("in-process", async () => {
  const journal = new InProcessJournal();
  onTestFinished(() => journal.close());
  return journal;
});

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
