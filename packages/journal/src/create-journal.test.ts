import { expect, test } from "vitest";
import type { Clock } from "./clock.ts";
import { createJournal } from "./create-journal.ts";
import { InProcessJournal } from "./in-process.ts";

const clock: Clock = {
  setTimer() {
    throw new Error("no timer is needed to read a URL");
  },
};

test.for([undefined, ""])("without a URL (%j) the journal is in this process", async (url) => {
  const journal = createJournal({ url, clock });

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
])("JOURNAL_URL=%s is one line that says what is expected", (url) => {
  expect(() => createJournal({ url, clock })).toThrow(
    expect.objectContaining({
      name: "ConfigError",
      message: `JOURNAL_URL=${url}: expected a URL such as tcp://host:port`,
    }),
  );
});
