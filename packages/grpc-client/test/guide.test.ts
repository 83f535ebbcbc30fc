// Runs the snippets of docs/guides/calls.md and docs/guides/grpc-js.md.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { type StubCall, StubServer } from "../src/testing/index.ts";
import { say } from "./support/connect-client.ts";

const docs = (path: string): string => fileURLToPath(new URL(`../../../docs/${path}`, import.meta.url));

test("the snippet about leaving a stream is docs/examples/leave-a-stream.ts, and the server sees the cancel", async () => {
  const example = docs("examples/leave-a-stream.ts");
  const guide = await readFile(docs("guides/calls.md"), "utf8");
  expect(guide).toContain(`\`\`\`ts\n${await readFile(example, "utf8")}\`\`\``);

  const served = Promise.withResolvers<{ call: StubCall; sinceMs: number }>();
  const handler = (call: StubCall): void => {
    served.resolve({ call, sinceMs: performance.now() });
    say(call, ["Hello", "again"]); // the stream does not end
  };
  await using server = await StubServer.start({ handlers: { "*": handler } });
  const env = {
    ...process.env,
    WORKFLOW_SERVICE_HOST: server.host,
    WORKFLOW_SERVICE_PORT: String(server.port),
  };
  const running = promisify(execFile)(process.execPath, [...process.execArgv, example], { env });
  const { call, sinceMs } = await served.promise;
  expect(await call.closed).toBe(0x8);
  // The grace of a close, 10 s, would end the stream, too.
  expect(performance.now() - sinceMs).toBeLessThan(8_000);
  expect((await running).stdout).toBe("Hello\n");
});

test.each([["grpc-js-stub.ts"], ["nice-grpc.ts"]])(
  "the snippet of the guide to stubs is docs/examples/%s, and it calls",
  async (file) => {
    const example = docs(`examples/${file}`);
    const guide = await readFile(docs("guides/grpc-js.md"), "utf8");
    expect(guide).toContain(`\`\`\`ts\n${await readFile(example, "utf8")}\`\`\``);

    const serving = async (call: StubCall): Promise<void> => {
      await call.request;
      call.send(Buffer.of(0x08, 0x01)); // HealthCheckResponse with the status SERVING
      call.end();
    };
    await using server = await StubServer.start({ handlers: { "/grpc.health.v1.Health/Check": serving } });
    const env = { ...process.env, WORKFLOW_SERVICE_HOST: server.host, WORKFLOW_SERVICE_PORT: String(server.port) };
    const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, example], { env });
    expect(stdout).toBe("SERVING\n");
  },
);
