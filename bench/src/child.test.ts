import { expect, test } from "vitest";
import { Child } from "./child.ts";

test("who asks a child that has ended is told so", async () => {
  await using child = new Child("a program that only defines something", "./cpu.ts", []);

  const why = "a program that only defines something ended with 0 before it answered";
  await expect(child.ask({})).rejects.toThrow(why);
  await expect(child.ask({})).rejects.toThrow(why);
});
