import { describe, expect, test } from "vitest";
import { isJournalError } from "./errors.ts";
import { bytes, expectCode } from "./journal.contract.ts";
import { type Journal, MAX_VALUE_BYTES } from "./journal.ts";

const PART: Uint8Array = new Uint8Array(256 * 1024);
const QUOTA = { index: "i", maxDocuments: 0, maxBytes: 0 } as const;

/**
 * The order in which every journal checks a write. `open` returns an empty journal with room for 4 MiB or less, which is closed at the end
 * of the test.
 */
export function describeRefusals(name: string, open: () => Promise<Journal>): void {
  describe(`refusals of ${name}`, () => {
    test("a full store refuses what it has no room for, and changes nothing", async () => {
      const journal = await openFull(open);

      await expectCode(journal.put("b", PART, { expectedVersion: 0 }), "full");
      await expectCode(journal.put("b", PART, { indexes: ["i"], quota: QUOTA }), "full");
      await expectCode(journal.put("a", PART, { expectedVersion: 1 }), "full");
      await expectCode(journal.append("a", [PART], { expectedVersion: 1 }), "full");
      expect(await journal.get("b")).toBeUndefined();
      expect(await journal.read("a")).toMatchObject({ records: [], version: 1 });
    });

    test("a full store tells a writer first that its version is not the present one", async () => {
      const journal = await openFull(open);

      await expectCode(journal.put("a", PART, { expectedVersion: 0 }), "version-conflict");
      await expectCode(journal.put("a", PART, { expectedVersion: 2 }), "version-conflict");
      await expectCode(journal.put("b", PART, { expectedVersion: 1 }), "version-conflict");
      await expectCode(journal.append("a", [PART], { expectedVersion: 2 }), "version-conflict");
      await expectCode(journal.append("a", [PART], { expectedVersion: 2, mayOverfill: true }), "version-conflict");
      await expectCode(journal.append("b", [PART], { expectedVersion: 0 }), "version-conflict");
      await expectCode(journal.delete("a", { expectedVersion: 2 }), "version-conflict");
    });

    test("a value that no journal takes is refused as too large, whatever its version and the room", async () => {
      const journal = await openFull(open);
      const larger = new Uint8Array(MAX_VALUE_BYTES + 1);

      await expectCode(journal.put("a", larger, { expectedVersion: 7 }), "too-large");
      await expectCode(journal.append("a", [larger], { expectedVersion: 7 }), "too-large");
    });

    test("a version that is not the present one is told before the quota", async () => {
      const journal = await open();
      await journal.put("a", bytes("a"));

      await expectCode(
        journal.put("a", bytes("b"), { expectedVersion: 0, indexes: ["i"], quota: QUOTA }),
        "version-conflict",
      );
      await expectCode(
        journal.put("a", bytes("b"), { expectedVersion: 1, indexes: ["i"], quota: QUOTA }),
        "over-quota",
      );
    });
  });
}

/** A document at version 1 in a journal that has no room for another of this size. */
async function openFull(open: () => Promise<Journal>): Promise<Journal> {
  const journal = await open();
  await journal.put("a", bytes("a"), { expectedVersion: 0 });
  const isFull = async (at: number): Promise<boolean> => {
    const error: unknown = await journal.put(`fill ${at}`, PART).catch((thrown: unknown) => thrown);
    return isJournalError(error, "full");
  };
  for (let at = 0; !(await isFull(at)); at += 1) expect(at).toBeLessThan(32);
  return journal;
}
