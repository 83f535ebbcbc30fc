import { NodeType, Severity, type WorkflowSpec, WorkflowSpecSchema } from "@agent-team/contracts";
import { create, type JsonObject } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { connection, fetching, forEach, manual, merge, node, specOf, transform, when } from "../../test/specs.ts";
import { parseProblem } from "../expression/child/parse.ts";
import { isError } from "./issue.ts";
import { validate } from "./validate.ts";

const NO_MODEL = { hasModel: false };

/** Each issue as "code path". */
function issuesOf(spec: WorkflowSpec): string[] {
  return validate(spec, parseProblem, NO_MODEL).map(({ code, path }) => `${code} ${path}`);
}

/** The trigger, and one node after it. */
function after(...[first, ...others]: readonly Parameters<typeof specOf>[0][number][]): WorkflowSpec {
  const nodes = [manual(), ...(first === undefined ? [] : [first]), ...others];
  return specOf(
    nodes,
    nodes.slice(1).map(({ id }) => `start -> ${id}`),
  );
}

const cron = (configuration: Record<string, string>): WorkflowSpec =>
  specOf([node("start", NodeType.TRIGGER, "CRON", configuration)]);

test("a workflow with every kind of node is valid", () => {
  const spec = specOf(
    [
      node("start", NodeType.TRIGGER, "CRON", { expression: "0 9 * * 1-5", timezone: "Europe/Berlin" }),
      fetching("orders", { url: "https://example.com/orders", headers: { accept: "application/json" } }),
      when("large", "input.body.total > 1000"),
      node("ask", NodeType.HUMAN_IN_THE_LOOP, "APPROVAL", { prompt: "Post it?", expires_after_seconds: 60 }),
      fetching("post", { method: "POST", url: "{% trigger.url %}", body: { total: "{% nodes.orders.body.total %}" } }),
      transform("shape", "{ 'total': input.total }", { continueOnError: true }),
      node("wait", NodeType.FLOW, "DELAY", { duration_seconds: 60 }),
      merge("all"),
      forEach("each", "input.orders", { max_concurrency: 10 }),
      transform("label", "input.id"),
      node("say", NodeType.EXTERNAL_ACTION, "SLACK", { webhook_url: "https://example.com/hook", text: "done" }),
      node("sum_up", NodeType.AI_AGENT, "GENERATE", { prompt: "Sum up" }),
    ],
    [
      ...["start -> orders", "orders -> large", "large -true-> ask", "large -false-> shape", "ask -approved-> post"],
      ...["shape -> wait", "shape -error-> all", "wait -> all", "post -> all", "all -> each"],
      ...["each -item-> label", "each -> say", "say -> sum_up"],
    ],
  );

  expect(validate(spec, parseProblem, NO_MODEL).filter(isError)).toEqual([]);
  expect(issuesOf(spec)).toEqual([]);
});

const http = (configuration: Record<string, unknown>): WorkflowSpec => after(fetching("get", configuration as never));
const ok = { url: "https://example.com" };
const manyExpressions = Array.from({ length: 9 }, (_, at) => transform(`n${at}`, "1".repeat(7500)));
const manyNodes = Array.from({ length: 101 }, (_, at) => transform(`n${at}`, "1"));

test.for<[why: string, spec: WorkflowSpec, ...issues: string[]]>([
  ["no nodes", specOf([]), "NO_TRIGGER /nodes"],
  ["no trigger", specOf([transform("a", "1")]), "NO_TRIGGER /nodes"],
  ["two triggers", specOf([manual("one"), manual("two")]), "SEVERAL_TRIGGERS /nodes/1"],
  ["no name", specOf([manual()], [], " "), "NAME_MISSING /name"],
  ["a long name", specOf([manual()], [], "n".repeat(201)), "NAME_TOO_LONG /name"],
  ["a node's long name", specOf([manual("start", { name: "n".repeat(201) })]), "NAME_TOO_LONG /nodes/0/name"],
  ["an id with a capital", specOf([manual("Start")]), "BAD_NODE_ID /nodes/0/id"],
  ["an empty id", specOf([manual("")]), "BAD_NODE_ID /nodes/0/id"],
  ["a long id", specOf([manual("a".repeat(64))]), "BAD_NODE_ID /nodes/0/id"],
  ["one id twice", specOf([manual(), manual()]), "DUPLICATE_NODE_ID /nodes/1/id", "SEVERAL_TRIGGERS /nodes/1"],
  ["an unknown kind", after(node("a", NodeType.ACTION, "FLY", {})), "UNKNOWN_NODE_TYPE /nodes/1/subtype"],
  ["a kind of another family", after(node("a", NodeType.FLOW, "MANUAL", {})), "UNKNOWN_NODE_TYPE /nodes/1/subtype"],
  ["an unknown family", after(node("a", 99 as NodeType, "IF", {})), "UNKNOWN_NODE_TYPE /nodes/1/subtype"],

  ["a missing field", http({}), "MISSING_VALUE /nodes/1/configuration/url"],
  ["an empty field", http({ url: "" }), "MISSING_VALUE /nodes/1/configuration/url"],
  ["an unknown field", http({ ...ok, "a/b": 1 }), "UNKNOWN_FIELD /nodes/1/configuration/a~1b"],
  ["a wrong choice", http({ ...ok, method: "FLY" }), "INVALID_VALUE /nodes/1/configuration/method"],
  ["a wrong type", http({ url: 7 }), "INVALID_VALUE /nodes/1/configuration/url"],
  ["a relative URL", http({ url: "/orders" }), "BAD_URL /nodes/1/configuration/url"],
  ["a file URL", http({ url: "file:///etc/passwd" }), "BAD_URL /nodes/1/configuration/url"],
  ["a URL with a password", http({ url: "https://u:p@a.com" }), "BAD_URL /nodes/1/configuration/url"],
  [
    "a header of the connection",
    http({ ...ok, headers: { Host: "a" } }),
    "BAD_HEADER /nodes/1/configuration/headers/Host",
  ],
  ["a header with a space", http({ ...ok, headers: { "a b": "a" } }), "BAD_HEADER /nodes/1/configuration/headers/a b"],

  ["broken JSONata", after(transform("a", "input.(")), "BAD_EXPRESSION /nodes/1/configuration/expression"],
  ["an empty expression", after(when("a", "")), "BAD_EXPRESSION /nodes/1/configuration/condition"],
  [
    "a text where an expression is needed",
    after(plain("a", "1 + 1")),
    "BAD_EXPRESSION /nodes/1/configuration/expression",
  ],
  ["half an expression", http({ ...ok, body: { a: ["x {% 1 %}"] } }), "BAD_EXPRESSION /nodes/1/configuration/body/a/0"],
  [
    "a very long expression",
    after(transform("a", "1".repeat(9000))),
    "BAD_EXPRESSION /nodes/1/configuration/expression",
  ],
  ["very deep nesting", after(transform("a", "(".repeat(4000))), "BAD_EXPRESSION /nodes/1/configuration/expression"],

  ["seven fields of cron", cron({ expression: "0 0 9 * * 1 2030" }), "BAD_CRON /nodes/0/configuration/expression"],
  ["a cron minute of 60", cron({ expression: "60 9 * * 1" }), "BAD_CRON /nodes/0/configuration/expression"],
  ["cron in words", cron({ expression: "every day at nine am" }), "BAD_CRON /nodes/0/configuration/expression"],
  [
    "an unknown time zone",
    cron({ expression: "0 9 * * *", timezone: "Europe/Atlantis" }),
    "BAD_TIME_ZONE /nodes/0/configuration/timezone",
  ],

  [
    "a connection from an unknown node",
    specOf([manual()], ["ghost -> start"]),
    "DANGLING_CONNECTION /connections/0/from_node",
    "TRIGGER_HAS_INPUT /connections/0/to_node",
  ],
  [
    "a connection to an unknown node",
    specOf([manual()], ["start -> ghost"]),
    "DANGLING_CONNECTION /connections/0/to_node",
  ],
  [
    "an unknown output",
    specOf([manual(), transform("a", "1")], ["start -true-> a"]),
    "UNKNOWN_OUTPUT /connections/0/output_key",
  ],
  [
    "an error output without continue_on_error",
    specOf([manual(), transform("a", "1")], ["start -error-> a"]),
    "UNKNOWN_OUTPUT /connections/0/output_key",
  ],
  [
    "the output result of a condition",
    specOf([manual(), when("a", "1"), transform("b", "1")], ["start -> a", "a -> b"]),
    "UNKNOWN_OUTPUT /connections/1/output_key",
  ],
  [
    "a connection twice",
    specOf([manual(), transform("a", "1")], ["start -> a", "start -result-> a"]),
    "DUPLICATE_CONNECTION /connections/1",
  ],
  ["a broken expression on a connection", withExpression("input.("), "BAD_EXPRESSION /connections/0/expression"],
  [
    "a cycle of two nodes",
    specOf([manual(), transform("a", "1"), transform("b", "1")], ["start -> a", "a -> b", "b -> a"]),
    "CYCLE /connections/2",
  ],
  ["a cycle of one node", specOf([manual(), transform("a", "1")], ["start -> a", "a -> a"]), "CYCLE /connections/1"],
  ["a node without connections", specOf([manual(), transform("a", "1")]), "UNREACHABLE_NODE /nodes/1"],

  ["too many nodes", specOf(manyNodes), "TOO_MANY_NODES /nodes"],
  [
    "too many connections",
    specOf([manual()], Array<string>(301).fill("start -> start")),
    "TOO_MANY_CONNECTIONS /connections",
  ],
  ["too many bytes of expressions", after(...manyExpressions), "EXPRESSIONS_TOO_LARGE "],
  [
    "a secret in an expression",
    http({ ...ok, headers: { authorization: "{% 'Bearer {{secret:TOKEN}}' %}" } }),
    "SECRET_NOT_TAKEN /nodes/1/configuration/headers/authorization",
  ],
  ["a configuration of 46 levels", http({ ...ok, body: nestedList(45) }), "TOO_DEEP /nodes/1/configuration"],
  ["too many bytes", specOf([manual()], [], "n".repeat(300_000)), "SPEC_TOO_LARGE "],

  [
    "a timeout of 11 minutes",
    after(transform("a", "1", { timeout: durationFromMs(660_000) })),
    "INVALID_VALUE /nodes/1/timeout",
  ],
  [
    "a timeout of nothing",
    after(transform("a", "1", { timeout: durationFromMs(0) })),
    "INVALID_VALUE /nodes/1/timeout",
  ],
  ["a run of 31 days", lasting(31), "INVALID_VALUE /run_timeout"],
  ["11 attempts", retrying({ maxAttempts: 11 }), "INVALID_VALUE /nodes/1/retry_policy/max_attempts"],
  [
    "a shrinking backoff",
    retrying({ backoffMultiplier: 0.5 }),
    "INVALID_VALUE /nodes/1/retry_policy/backoff_multiplier",
  ],

  [
    "a value that a person has to fill in",
    after(fetching("a", {}, { needsInput: ["/url"] })),
    "NEEDS_INPUT /nodes/1/configuration/url",
  ],
  [
    "a wrong value that a person has to fill in",
    after(fetching("a", { url: "ftp://a" }, { needsInput: ["/url"] })),
    "BAD_URL /nodes/1/configuration/url",
    "NEEDS_INPUT /nodes/1/configuration/url",
  ],
  ["a loop without a body", after(forEach("each", "input")), "EMPTY_LOOP /nodes/1"],
  ["too much at once", inLoop([], { max_concurrency: 11 }), "INVALID_VALUE /nodes/1/configuration/max_concurrency"],
  ["a way past the loop into its body", inLoop(["start -> b"]), "LOOP_ENTERED /connections/3"],
  ["a node in the loop and behind it", inLoop(["each -> b"]), "LOOP_ENTERED /connections/3"],
  [
    "a loop in a loop",
    specOf(
      [manual(), forEach("each", "input"), forEach("inner", "input"), transform("a", "1")],
      ["start -> each", "each -item-> inner", "inner -item-> a"],
    ),
    "NESTED_LOOP /nodes/2",
  ],
  ["a broken pointer", after(fetching("a", ok, { needsInput: ["url"] })), "BAD_POINTER /nodes/1/needs_input/0"],
])("%s", ([, spec, ...issues]) => {
  expect(issuesOf(spec)).toEqual(issues);
});

test("all issues come at once, and a missing value that a person has to fill in is a warning", () => {
  const spec = specOf(
    [manual(), fetching("a", { url: "?" }), transform("b", "("), fetching("c", {}, { needsInput: ["/url"] })],
    ["start -> a", "a -wrong-> b", "b -> c", "c -> b"],
  );

  expect(validate(spec, parseProblem, NO_MODEL).map(({ severity, code }) => [severity, code])).toEqual([
    [Severity.ERROR, "BAD_URL"],
    [Severity.ERROR, "BAD_EXPRESSION"],
    [Severity.WARNING, "NEEDS_INPUT"],
    [Severity.ERROR, "UNKNOWN_OUTPUT"],
    [Severity.ERROR, "CYCLE"],
  ]);
});

test("the message of a cycle names its nodes in their order", () => {
  const nodes = [manual(), transform("a", "1"), transform("b", "1"), transform("c", "1")];
  const [issue] = validate(specOf(nodes, ["start -> a", "a -> b", "b -> c", "c -> a"]), parseProblem, NO_MODEL);

  expect(issue?.message).toBe("the connections form a cycle: a → b → c → a");
});

/** A loop over the nodes a and b. */
function inLoop(arrows: readonly string[], configuration: JsonObject = {}): WorkflowSpec {
  const nodes = [manual(), forEach("each", "input", configuration), transform("a", "1"), transform("b", "1")];
  return specOf(nodes, ["start -> each", "each -item-> a", "a -> b", ...arrows]);
}

function nestedList(levels: number): unknown {
  return levels === 0 ? 1 : [nestedList(levels - 1)];
}

function plain(id: string, expression: string): Parameters<typeof specOf>[0][number] {
  return node(id, NodeType.ACTION, "DATA_TRANSFORMATION", { expression });
}

function withExpression(expression: string): WorkflowSpec {
  const connections = [connection("start -> a", expression)];
  return create(WorkflowSpecSchema, { name: "test", nodes: [manual(), transform("a", "1")], connections });
}

function lasting(days: number): WorkflowSpec {
  const runTimeout = durationFromMs(days * 86_400_000);
  return create(WorkflowSpecSchema, { name: "test", nodes: [manual()], runTimeout });
}

function retrying(retryPolicy: { readonly maxAttempts?: number; readonly backoffMultiplier?: number }): WorkflowSpec {
  return after(transform("a", "1", { retryPolicy }));
}
