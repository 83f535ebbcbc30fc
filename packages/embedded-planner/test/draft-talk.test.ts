/** Messages after a draft. A fragment never replaces the draft. */

import { describe, expect, test } from "vitest";
import { planned } from "./plan.ts";

const FRAGMENTS = [
  "make it 8:30 and drop the approval",
  "rename it to Big orders",
  "also tell #sales",
  "also tell #sales after the post",
  "use https://z.test/hook instead",
  "why did you add the approval?",
  "why?",
  "post it to https://y.test/h",
  "every friday at 5pm",
  "every friday at 5pm instead",
  "every friday at 5pm tell #sales too",
  "fetch https://y.test/b",
  "wait 5 minutes",
  "no, at 9am",
  "drop the approval",
  "if total is over 5 tell #ops",
  "ask me first",
  "purple monkeys dance on the moon",
];

describe("beside a draft a fragment changes nothing, and the answer says how to get a change", () => {
  test.for(FRAGMENTS)("%s", (message) => {
    const { spec, questions, text } = planned({ message, hasDraft: true });
    expect({ spec, questions }).toEqual({ spec: undefined, questions: [] });
    expect(text).toContain("Your draft stays as it is.");
    expect(text).toContain("Say the whole request once more");
  });
});

test.for(["save it", "OK, store it.", "run it", "please start the workflow", "thanks!"])(
  "beside a draft %j is answered in a person's words, without a call of an API",
  (message) => {
    const { spec, text } = planned({ message, hasDraft: true });
    expect(spec).toBeUndefined();
    expect(text).toMatch(/say "save it"|saves and runs the draft/);
    expect(text).not.toMatch(/POST|\/v1\//);
  },
);

test('a whole request takes the draft\'s place, and so does anything behind "new workflow:"', () => {
  const whole = planned({ message: 'every friday at 5pm tell #team "bye"', hasDraft: true });
  expect(whole.spec?.nodes).toHaveLength(2);
  const small = planned({ message: "new workflow: fetch https://y.test/b", hasDraft: true });
  expect(small.spec?.nodes).toHaveLength(2);
});

test("a whole request that is not understood is asked about, and the draft stays", () => {
  const message = "every friday at 5pm email the team";
  const { spec, questions } = planned({ message: `${message}, then fetch https://y.test/b`, hasDraft: true });
  expect(spec).toBeUndefined();
  expect(questions.map(({ id }) => id)).toEqual(["not_understood"]);
});

test("a fragment does not take the place of an open request either", () => {
  const open = { request: "every day at 9am fetch https://x.test/a and frobnicate", answers: [] };
  const { spec, questions, open: still } = planned({ message: "post it to https://y.test/h", open });
  expect(spec).toBeUndefined();
  expect(questions.map(({ id }) => id)).toEqual(["not_understood"]);
  expect(still).toEqual(open);
});
