import { expect, test } from "vitest";
import { readRequests } from "./describe.ts";
import { judge } from "./judge.ts";
import { play } from "./play.ts";

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

test("a fragment after a draft is an answer, and the draft is still there", () => {
  expect(play([FETCH, "make it 8:30"])).toMatchObject({ outcome: "answer", draft: play([FETCH]).draft });
});

test("an invalid file is an error that names the place", () => {
  expect(() => readRequests('{"requests":[{"id":"a","turns":[],"expect":{"outcome":"x"}}]}', "f.json")).toThrow(
    /f\.json.*turns/s,
  );
});
