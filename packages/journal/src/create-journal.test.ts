import type { Clock } from "@agent-team/foundation/clock";
import { expect, test } from "vitest";
import { createJournal } from "./create-journal.ts";
import { InProcessJournal } from "./in-process.ts";

const refuse = (): never => {
  throw new Error("no clock is needed to read a URL");
};

const clock: Clock = { now: refuse, wallNow: refuse, setTimer: refuse };

const random = (): number => {
  throw new Error("no random numbers are needed to read a URL");
};

test.for([undefined, ""])("without a URL (%j) the journal is in this process", async (url) => {
  const journal = await createJournal({ url, clock, random });

  expect(journal).toBeInstanceOf(InProcessJournal);
  await journal.close();
});

test.for([
  "http://127.0.0.1:1",
  "tcp://127.0.0.1",
  "tcp://127.0.0.1:0",
  "tcp://127.0.0.1:1/path",
  "tcp://:1",
  "journal",
])("JOURNAL_URL=%s is one line that says what is expected", async (url) => {
  await expect(createJournal({ url, clock, random })).rejects.toThrow(
    expect.objectContaining({
      name: "ConfigError",
      message: `JOURNAL_URL=${url}: expected a URL such as tcp://host:port`,
    }),
  );
});

test.for([
  "http://127.0.0.1:1",
  "redis://",
  "redis://127.0.0.1:0",
  "redis://127.0.0.1/one",
  "redis://127.0.0.1/0?family=6",
  "redis://127.0.0.1/0#1",
  "redis",
])("REDIS_URL=%s is one line that says what is expected", async (redisUrl) => {
  await expect(createJournal({ redisUrl, clock, random })).rejects.toThrow(
    expect.objectContaining({
      name: "ConfigError",
      message: `REDIS_URL=${redisUrl}: expected a URL such as rediss://:password@host:6379/0`,
    }),
  );
});

test.for([
  ["redis://user:secret@host/one", "redis://[redacted]@host/one"],
  ["redis://:sec/ret@host", "redis://[redacted]@host"],
  ["redis://:sec@ret@host/one", "redis://[redacted]@host/one"],
  ["redis://:secret%@host", "redis://[redacted]@host"],
  ["redis://user@host", "redis://[redacted]@host"],
])("the error for %s shows no credentials", async ([redisUrl, shown]) => {
  await expect(createJournal({ redisUrl, clock, random })).rejects.toThrow(`REDIS_URL=${shown}: expected`);
});

test("two stores are an error that names both variables", async () => {
  const urls = { url: "tcp://127.0.0.1:1", redisUrl: "redis://127.0.0.1" };

  await expect(createJournal({ ...urls, clock, random })).rejects.toThrow(
    expect.objectContaining({
      name: "ConfigError",
      message: "REDIS_URL and JOURNAL_URL are both set: expected one of them, the store that all tasks share",
    }),
  );
});
