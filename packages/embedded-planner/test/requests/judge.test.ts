import { expect, test } from "vitest";
import { readRequests } from "./describe.ts";
import { judge } from "./judge.ts";
import { play } from "./play.ts";
import { table, totalsLine, totalsOf } from "./table.ts";

const FETCH = "every hour fetch https://x.test/a and post it to https://y.test/b";
const WANTED = { outcome: "workflow", trigger: "CRON 0 * * * *", nodes: ["HTTP_REQUEST GET", "HTTP_REQUEST POST"] };

test("a draft is right when its trigger and the kinds of its nodes are those expected", () => {
  expect(judge(WANTED, play([FETCH]))).toBe("right");
  expect(judge({ ...WANTED, trigger: "CRON 5 * * * *" }, play([FETCH]))).toBe("something else");
  expect(judge({ ...WANTED, nodes: ["HTTP_REQUEST GET", "IF", "HTTP_REQUEST POST"] }, play([FETCH]))).toBe(
    "something else",
  );
});

test('an unexpected draft is "something else", and a question in the place of an expected draft is "asks instead"', () => {
  expect(judge({ outcome: "honest" }, play([FETCH]))).toBe("something else");
  expect(judge(WANTED, play(["fetch https://x.test/a and frobnicate"]))).toBe("asks instead");
  expect(judge({ ...WANTED, or_question: "what is that" }, play(["frobnicate"]))).toBe("right");
});

test("an expected trigger may name one field of the schedule, and words after a comma are for people", () => {
  const lastDay = { outcome: "workflow", trigger: "CRON LW-like, or a question" };
  expect(judge(lastDay, play(["on the last working day of each month at 5pm call https://x.test/a"]))).toBe("right");
  expect(judge(lastDay, play(["on the last day of each month at 5pm call https://x.test/a"]))).toBe("something else");
  expect(judge(lastDay, play(["manually call https://x.test/a"]))).toBe("something else");
});

test("a draft with another method than the expected one is something else", () => {
  const nodes = ["HTTP_REQUEST GET", "HTTP_REQUEST PUT"];
  expect(judge({ ...WANTED, nodes }, play([FETCH]))).toBe("something else");
});

test("a table has a line per request and per group, and the totals count drafts apart", () => {
  const rows = [
    { id: "a", group: "simple", turns: [FETCH], expect: WANTED },
    { id: "b", group: "simple", turns: ["frobnicate"], expect: WANTED },
    { id: "c", group: "talk", turns: ["hello"], expect: { outcome: "honest" } },
  ].map((row) => {
    const played = play(row.turns);
    return { ...row, ...played, verdict: judge(row.expect, played) };
  });

  const lines = table(rows);
  expect(lines.find((line) => line.startsWith("b "))).toMatch(/^b +simple +asks instead +workflow +answer$/);
  expect(lines.find((line) => line.startsWith("simple"))).toMatch(/^simple +1 +2$/);
  expect(totalsLine(totalsOf(rows))).toBe(
    "3 requests: 2 right (66.6 %; 1 drafts, 1 questions or answers), 1 ask instead, 0 drafted something else",
  );
});

test("a fragment after a draft is an answer, and the draft is still there", () => {
  expect(play([FETCH, "purple monkeys"])).toMatchObject({ outcome: "answer", draft: play([FETCH]).draft });
});

test("an invalid file is an error that names the place", () => {
  expect(() => readRequests('{"requests":[{"id":"a","turns":[],"expect":{"outcome":"x"}}]}', "f.json")).toThrow(
    /f\.json.*turns/s,
  );
});
