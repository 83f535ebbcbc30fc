// A twentieth of `npm run fuzz:gateway`, and that it finds what is wrong.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, Answers } from "../fuzz/answers.ts";
import type { Document } from "../fuzz/document.ts";
import type { Request } from "../fuzz/requests.ts";
import { fuzzGateway } from "../fuzz/run.ts";
import { startTestCloud, type TestCloud } from "./support/cloud.ts";

const SEED = 1;
const COUNT = 500;

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud("127.56.0.0/16");
}, 60_000);
afterAll(() => cloud?.close());

test("no request has an answer that is a 5xx, or not in openapi.json, or names an internal address", async () => {
  const { findings, answers } = await fuzzGateway(cloud.url, SEED, COUNT);
  expect(findings, `seed ${SEED}`).toEqual([]);
  const succeeded = [...answers.keys()].filter((name) => / 20\d$/.test(name));
  expect(succeeded.length, "operations that succeeded").toBeGreaterThan(15);
});

describe("a wrong answer is found:", () => {
  const RUN: Answer = { status: 200, type: "application/json", text: "{}", jsons: [{ id: "r", state: "FAILED" }] };

  test.for<[what: string, change: Partial<Answer>, fault: RegExp | undefined]>([
    ["none", {}, undefined],
    ["a 5xx", { status: 503 }, /^status 503$/],
    ["an undocumented success", { status: 206 }, /not in the document/],
    ["another content type", { type: "text/html" }, /^content type text\/html: expected application\/json$/],
    ["a long enum name", { jsons: [{ state: "RUN_STATE_FAILED" }] }, /must be equal to one of/],
    ["an undocumented field", { jsons: [{ secret: 1 }] }, /additional properties/],
    ["an address of a task", { text: '{"detail":"127.56.10.4 is lost"}' }, /internal address/],
    ["a port of a service", { text: '{"detail":"agent:50051"}' }, /internal address/],
  ])("%s", async ([, change, fault]) => {
    const document = (await (await fetch(`${cloud.url}/openapi.json`)).json()) as Document;
    const operation = document.paths["/v1/runs/{id}"]?.["get"];
    const found = new Answers(document).faultOf({ operation } as Request, { ...RUN, ...change });
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(fault);
  });
});
