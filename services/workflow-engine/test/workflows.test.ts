import { NodeAvailability, NodeType, Severity, type WorkflowSpec } from "@agent-team/contracts";
import { InProcessJournal } from "@agent-team/journal";
import { expect, test, vi } from "vitest";
import { engineOnLoopback, engineWithCallers, instance } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { manual, node, specOf, transform } from "./specs.ts";

const spec = specOf([manual(), transform("double", "input * 2")], ["start -> double"], "doubling");

test("the catalogue lists every kind with its JSON Schema and outputs, and has a stable version", async () => {
  const engine = await engineOnLoopback();

  const { nodeTypes, catalogueVersion } = await engine.listNodeTypes({});
  const http = nodeTypes.find(({ subtype }) => subtype === "HTTP_REQUEST");

  expect(nodeTypes.map(({ subtype }) => subtype)).toEqual([
    ...["MANUAL", "CRON", "WEBHOOK", "HTTP_REQUEST", "DATA_TRANSFORMATION"],
    ...["IF", "FOR_EACH", "MERGE", "DELAY", "APPROVAL", "SLACK", "GENERATE"],
  ]);
  expect(http).toMatchObject({
    type: NodeType.ACTION,
    outputKeys: ["result"],
    configurationSchema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      required: ["method", "url"],
      additionalProperties: false,
    },
  });
  expect(nodeTypes.every(({ description }) => description.length > 10)).toBe(true);
  expect((await engine.listNodeTypes({})).catalogueVersion).toBe(catalogueVersion);
});

test("ValidateWorkflow answers with the issues of a spec, and stores nothing", async () => {
  const engine = await engineOnLoopback();

  const good = await engine.validateWorkflow({ spec });
  const bad = await engine.validateWorkflow({ spec: specOf([transform("double", "input *")]) });

  expect(good.issues).toEqual([]);
  expect(bad.issues.map(({ severity, code }) => [severity, code])).toEqual([
    [Severity.ERROR, "BAD_EXPRESSION"],
    [Severity.ERROR, "NO_TRIGGER"],
  ]);
  expect((await engine.listWorkflows({})).workflows).toEqual([]);
  expect(await errorOf(engine.validateWorkflow({}))).toMatchObject({ code: "InvalidArgument", fields: ["spec"] });
});

test("a created workflow can be read and listed on any instance that shares the journal", async () => {
  const journal = new InProcessJournal();
  const [one, other] = [await engineOnLoopback({ journal }), await engineOnLoopback({ journal })];

  const { workflow } = await one.createWorkflow({ spec, requestId: "r1" });

  expect(workflow).toMatchObject({ version: 1, owner: "local", active: false, spec: { name: "doubling" } });
  expect(workflow?.id).toMatch(/^[a-z2-7]{26}$/);
  expect((await other.getWorkflow({ workflowId: workflow?.id ?? "" })).workflow).toEqual(workflow);
  expect((await other.listWorkflows({})).workflows).toEqual([workflow]);
});

test("a repeated creation returns the first workflow, and another spec under its request id is refused", async () => {
  const engine = await engineOnLoopback();

  const first = await engine.createWorkflow({ spec, requestId: "r1" });
  const repeats = await Promise.all([1, 2, 3].map(() => engine.createWorkflow({ spec, requestId: "r1" })));
  const reused = engine.createWorkflow({ spec: { ...spec, name: "other" }, requestId: "r1" });

  expect(repeats).toEqual([first, first, first]);
  expect(await errorOf(reused)).toMatchObject({ code: "InvalidArgument", reason: "REQUEST_ID_REUSED" });
  expect((await engine.listWorkflows({})).workflows).toHaveLength(1);
});

test("without a request id each creation makes a new workflow", async () => {
  const engine = await engineOnLoopback();

  await engine.createWorkflow({ spec });
  await engine.createWorkflow({ spec });

  expect((await engine.listWorkflows({})).workflows).toHaveLength(2);
});

test("an invalid spec is not stored, and the error names every field", async () => {
  const engine = await engineOnLoopback();
  const bad = specOf([manual(), node("get", NodeType.ACTION, "HTTP_REQUEST", { url: "ftp://a" })], ["start -> get"]);

  expect(await errorOf(engine.createWorkflow({ spec: bad }))).toEqual({
    code: "InvalidArgument",
    reason: "WORKFLOW_INVALID",
    fields: ["spec.nodes[1].configuration.method MISSING_VALUE", "spec.nodes[1].configuration.url BAD_URL"],
  });
  expect((await engine.listWorkflows({})).workflows).toEqual([]);
});

test("pages of workflows list each workflow once, newest change first", async () => {
  const engine = await engineOnLoopback();
  for (const name of ["a", "b", "c"]) await engine.createWorkflow({ spec: { ...spec, name }, requestId: name });

  const first = await engine.listWorkflows({ pageSize: 2 });
  const second = await engine.listWorkflows({ pageSize: 2, pageToken: first.nextPageToken });
  const names = [first, second].map(({ workflows }) => workflows.map((workflow) => workflow.spec?.name));

  expect(names).toEqual([["c", "b"], ["a"]]);
  expect(second.nextPageToken).toBe("");
  expect(await errorOf(engine.listWorkflows({ pageToken: "garbled" }))).toMatchObject({ fields: ["page_token"] });
  expect(await errorOf(engine.listWorkflows({ pageSize: -1 }))).toMatchObject({ fields: ["page_size"] });
});

test("an update makes the next version, a repeat changes nothing, and a stale version is refused", async () => {
  const engine = await engineOnLoopback();
  const { workflow } = await engine.createWorkflow({ spec });
  const workflowId = workflow?.id ?? "";
  const changed = { ...spec, name: "changed" };

  const updated = await engine.updateWorkflow({ workflowId, spec: changed, expectedVersion: 1 });
  const repeated = await engine.updateWorkflow({ workflowId, spec: changed, expectedVersion: 1 });
  const stale = engine.updateWorkflow({ workflowId, spec, expectedVersion: 1 });

  expect(updated.workflow).toMatchObject({ version: 2, spec: { name: "changed" } });
  expect(repeated).toEqual(updated);
  expect(await errorOf(stale)).toMatchObject({ code: "Aborted", reason: "VERSION_CONFLICT" });
  expect((await engine.updateWorkflow({ workflowId, spec })).workflow?.version).toBe(3);

  const unseen = engine.deleteWorkflow({ workflowId, expectedVersion: 2 });
  expect(await errorOf(unseen)).toMatchObject({ code: "Aborted", reason: "VERSION_CONFLICT" });
  expect((await engine.getWorkflow({ workflowId })).workflow?.version).toBe(3);
  for (const _ of ["first", "repeat"]) await engine.deleteWorkflow({ workflowId, expectedVersion: 3 });
  expect(await errorOf(engine.getWorkflow({ workflowId }))).toMatchObject({ code: "NotFound" });
});

test.for(["", "no-id", "a".repeat(26), "../../etc/passwd"])(
  "the unknown workflow %j is not found",
  async (workflowId) => {
    const engine = await engineOnLoopback();

    expect(await errorOf(engine.getWorkflow({ workflowId }))).toMatchObject({
      code: "NotFound",
      reason: "WORKFLOW_NOT_FOUND",
    });
  },
);

test("a closed store is UNAVAILABLE", async () => {
  const journal = new InProcessJournal();
  const engine = await engineOnLoopback({ journal });
  await journal.close();

  expect(await errorOf(engine.createWorkflow({ spec }))).toMatchObject({
    code: "Unavailable",
    reason: "STORE_UNAVAILABLE",
  });
});

test("the report of 550 mistakes fits into trailers, and a list of issues has the number of further ones", async () => {
  const engine = await engineOnLoopback();
  const name = "k".repeat(300);
  const configuration = Object.fromEntries(Array.from({ length: 550 }, (_, at) => [`${name}${at}`, 1]));
  const bad = specOf([manual(), node("a", NodeType.ACTION, "DATA_TRANSFORMATION", configuration)], ["start -> a"]);

  const { fields, ...error } = await errorOf(engine.createWorkflow({ spec: bad }));
  expect(error).toEqual({ code: "InvalidArgument", reason: "WORKFLOW_INVALID" });
  expect(fields.length).toBeLessThanOrEqual(51);
  expect(fields.at(-1)).toBe(" MORE_ISSUES");
  expect(fields.join("").length).toBeLessThan(8192);

  const { issues } = await engine.validateWorkflow({ spec: bad });
  expect(issues).toHaveLength(200);
  expect(issues[0]).toMatchObject({ severity: Severity.ERROR, code: "MISSING_VALUE" });
  expect(issues.at(-1)).toMatchObject({ severity: Severity.INFO, code: "MORE_ISSUES", message: "and 352 more" });
});

test("parsing the slowest expressions of one owner does not delay another owner's reads", async () => {
  const as = await engineWithCallers();
  const workflowId = (await as("ada").createWorkflow({ spec })).workflow?.id ?? "";
  const checked = as("greedy").validateWorkflow({ spec: slowlyParsed() });
  const waits: number[] = [];
  let isChecked = false;
  void checked.finally(() => (isChecked = true));
  do {
    const startedMs = performance.now();
    await as("ada").getWorkflow({ workflowId });
    waits.push(performance.now() - startedMs);
  } while (!isChecked);

  expect((await checked).issues.filter(({ code }) => code === "BAD_EXPRESSION")).toHaveLength(7);
  expect(Math.max(...waits)).toBeLessThan(500); // on the thread that serves calls it took 1.4 s
});

test("the catalogue has the availability of each kind, and the limitation of those that do not run fully", async () => {
  const engine = await engineOnLoopback();
  const { nodeTypes } = await engine.listNodeTypes({});
  const of = (availability: NodeAvailability): string[] =>
    nodeTypes.filter((type) => type.availability === availability).map(({ subtype }) => subtype);

  expect(of(NodeAvailability.AVAILABLE)).toEqual([
    "MANUAL",
    "CRON",
    "WEBHOOK",
    "HTTP_REQUEST",
    "DATA_TRANSFORMATION",
    "IF",
    "FOR_EACH",
    "MERGE",
    "DELAY",
    "APPROVAL",
    "SLACK",
    "GENERATE",
  ]);
  expect(of(NodeAvailability.MANUAL_START_ONLY)).toEqual([]);
  expect(of(NodeAvailability.NOT_RUNNABLE_YET)).toEqual([]);
  for (const { availability, limitation } of nodeTypes)
    expect(limitation === "").toBe(availability === NodeAvailability.AVAILABLE);
});

test("a validation that the end of its engine interrupts is UNAVAILABLE, with the reason ENGINE_ENDING", async () => {
  const { client, engine } = await instance({});
  const checked = errorOf(client.createWorkflow({ spec: slowlyParsed() }));
  await vi.waitUntil(() => process.getActiveResourcesInfo().includes("ProcessWrap"));
  await engine.close();

  expect(await checked).toEqual({ code: "Unavailable", reason: "ENGINE_ENDING", fields: [] });
});

/** A long path with "%" (parent) is parsed in the square of its length: each of the seven takes about 200 ms. */
function slowlyParsed(): WorkflowSpec {
  const slow = Array.from({ length: 7 }, (_, at) => transform(`n${at}`, `a${".%".repeat(4090)}`));
  return specOf(
    [manual(), ...slow],
    slow.map(({ id }) => `start -> ${id}`),
  );
}
