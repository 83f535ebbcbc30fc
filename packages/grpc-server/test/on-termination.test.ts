// A program gets a signal to stop, and its own handler decides how it stops.
import { expect, test } from "vitest";
import { Program } from "./program.ts";

function startHandler(handler: string, limitMs = 3_600_000): Program {
  return new Program({ HANDLER: handler, LIMIT_MS: String(limitMs) }, "handler.ts");
}

test.for(["SIGTERM", "SIGINT"] as const)(
  "%s runs the handler and the process exits 0 when it has settled",
  async (signal) => {
    await using program = startHandler("settle");
    await program.logged("waiting");
    program.signal(signal);

    expect(await program.exited).toBe(0);
  },
);

test("an uncaught error runs the handler, and the process exits 1 when it has settled", async () => {
  await using program = new Program({ HANDLER: "settle", LIMIT_MS: "3600000", FAILS: "1" }, "handler.ts");
  await program.logged("terminating");

  expect(await program.exited).toBe(1);
  expect(program.log.map(({ level, msg }) => [level, msg])).toEqual([
    ["info", "waiting"],
    ["fatal", "an error was not caught: the process stops"],
    ["info", "terminating"],
  ]);
});

test("after a handler that fails the exit code is 1, and the reason is on standard error", async () => {
  await using program = startHandler("fail");
  await program.logged("waiting");
  program.signal("SIGTERM");

  expect(await program.exited).toBe(1);
  expect(program.stderr).toContain("the store is not available");
});

test("a process whose handler never settles exits 1 at its limit", async () => {
  await using program = startHandler("hang", 50);
  await program.logged("waiting");
  program.signal("SIGTERM");

  expect(await program.exited).toBe(1);
});

test("a second signal aborts hurry", async () => {
  await using program = startHandler("hurry");
  await program.logged("waiting");
  program.signal("SIGTERM");
  await program.logged("terminating");
  program.signal("SIGINT");

  expect(await program.exited).toBe(0);
});

test("a program that fails to start writes its reason and exits 1", async () => {
  await using program = startHandler("unknown");

  expect(await program.exited).toBe(1);
  expect(program.stderr).toContain("Error: HANDLER: expected settle, fail, hang or hurry");
});
