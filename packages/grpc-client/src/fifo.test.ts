import fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo, type FifoItem } from "./fifo.ts";

interface Item extends FifoItem<Item> {
  readonly name: number;
}

test("after any removal the other items keep their order", () => {
  // Non-negative: push that many. Negative: remove the item at that place.
  const steps = fc.array(fc.integer({ min: -20, max: 5 }), { maxLength: 50 });
  fc.assert(
    fc.property(steps, (planned) => {
      const fifo = new Fifo<Item>();
      let expected: Item[] = [];
      let names = 0;
      for (const step of planned) {
        for (let i = 0; i < step; i++) {
          const item: Item = { name: names++, before: undefined, after: undefined };
          fifo.push(item);
          expected.push(item);
        }
        const removed = step < 0 ? expected[-step - 1] : undefined;
        if (removed === undefined) continue;
        fifo.remove(removed);
        expected = expected.filter((item) => item !== removed);
      }
      const left = [];
      for (let item = fifo.first; item !== undefined; item = fifo.first) {
        left.push(item.name);
        fifo.remove(item);
      }
      expect(left).toEqual(expected.map(({ name }) => name));
    }),
  );
});
