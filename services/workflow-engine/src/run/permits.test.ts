import { expect, test } from "vitest";
import { Permits } from "./permits.ts";

test("no more than the permitted number runs at once, and the others follow in their order", async () => {
  const permits = new Permits(2);
  const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const started: number[] = [];
  const all = gates.map((gate, at) =>
    permits.run(() => {
      started.push(at);
      return gate.promise;
    }),
  );

  await Promise.resolve();
  expect(started).toEqual([0, 1]);
  gates[1]?.resolve();
  await all[1];
  expect(started).toEqual([0, 1, 2]);
  gates[0]?.reject(new Error("failed")); // gives its permit back as well
  await expect(all[0]).rejects.toThrow("failed");
  expect(started).toEqual([0, 1, 2, 3]);
  for (const gate of gates) gate.resolve();
  await Promise.all([all[2], all[3]]);
});
