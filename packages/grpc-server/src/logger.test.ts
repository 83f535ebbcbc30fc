import { systemClock } from "@agent-team/foundation/clock";
import { expect, test } from "vitest";
import { createLogger, type LoggerOptions } from "./logger.ts";

type Line = Readonly<Record<string, unknown>>;

function capture(config: { DEBUG: boolean; LOG_LEVEL: "info" | "warn" }, options: LoggerOptions = {}) {
  const lines: Line[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Line) };
  return { lines, logger: createLogger(config, "workflow-agent", { env: {}, ...options, destination }) };
}

const INFO = { DEBUG: false, LOG_LEVEL: "info" } as const;

test("a line has level, ISO time of the clock, service and message", () => {
  const clock = { ...systemClock, wallNow: () => 0 };
  const { lines, logger } = capture(INFO, { clock });
  logger.info({ port: 1 }, "serving");

  expect(lines).toEqual([
    { level: "info", time: "1970-01-01T00:00:00.000Z", service: "workflow-agent", port: 1, msg: "serving" },
  ]);
});

test("LOG_LEVEL sets the quietest level that is written, and DEBUG lowers it to debug", () => {
  const loud = capture({ DEBUG: true, LOG_LEVEL: "warn" });
  loud.logger.debug("written");
  const soft = capture({ DEBUG: false, LOG_LEVEL: "warn" });
  soft.logger.info("not written");

  expect(loud.lines).toHaveLength(1);
  expect(soft.lines).toHaveLength(0);
});

test.for([
  ["http://169.254.170.2/v4/0123456789abcdef0123456789abcdef-1234567890", "0123456789abcdef0123456789abcdef"],
  ["http://127.10.0.3/v4/agent-7f3a/", "agent-7f3a"],
])("the metadata address %s gives the task id", ([address, task]) => {
  const { lines, logger } = capture(INFO, { env: { ECS_CONTAINER_METADATA_URI_V4: address } });
  logger.info("x");

  expect(lines[0]?.["task"]).toBe(task);
});

test("credentials are redacted, also in nested objects", () => {
  const { lines, logger } = capture(INFO);
  logger.info({
    token: "t-1",
    headers: { authorization: "t-2" },
    call: { metadata: { "x-at-identity": "t-3" } },
    id: "kept",
  });

  expect(lines[0]).toMatchObject({ token: "[redacted]", id: "kept" });
  expect(JSON.stringify(lines)).not.toMatch(/t-[123]/);
});
