/** Many mistakes in one caller's body do not affect other callers, also when the body is sent often. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestCloud, type TestCloud } from "./support/cloud.ts";
import { postJson } from "./support/conversation.ts";

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud("127.45.0.0/16");
}, 60_000);
afterAll(() => cloud?.close());

const manual = { id: "start", type: "TRIGGER", subtype: "MANUAL" };

function withMistakes(count: number): object {
  const mistakes = Array.from({ length: count }, (_, i) => [`unknown_setting_${i}`, 1]);
  return { spec: { name: "bad", nodes: [{ ...manual, configuration: Object.fromEntries(mistakes) }] } };
}

test.for([1, 550, 3_000])("a workflow with %d mistakes is 422 and lists the first", async (count) => {
  const { status, body } = await postJson(`${cloud.url}/v1/workflows`, withMistakes(count));

  expect(status).toBe(422);
  expect(body).toMatchObject({ reason: "WORKFLOW_INVALID", errors: expect.arrayContaining([expect.anything()]) });
  expect((body["errors"] as readonly unknown[]).length).toBeLessThanOrEqual(count);
  expect(JSON.stringify(body).length).toBeLessThan(32_768);
});

test("25 bad posts of 14 KB cost no request of the other callers", async () => {
  const bad = withMistakes(550);
  expect(JSON.stringify(bad).length).toBeGreaterThan(13_000);
  const statuses = new Set<number>();
  let isOver = false;
  const honest = Array.from({ length: 6 }, async (_, caller) => {
    for (let i = 0; !isOver; i += 1) {
      const spec = { name: `good ${caller} ${i}`, nodes: [manual] };
      statuses.add((await postJson(`${cloud.url}/v1/workflows`, { spec })).status);
    }
  });
  for (let i = 0; i < 25; i += 1) expect((await postJson(`${cloud.url}/v1/workflows`, bad)).status).toBe(422);
  isOver = true;
  await Promise.all(honest);

  expect([...statuses]).toEqual([201]);
});
