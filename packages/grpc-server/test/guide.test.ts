// Runs the server of docs/guides/grpc-js.md.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@agent-team/contracts";
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { errorOf, TestClient } from "./client.ts";

const docs = (path: string): string => fileURLToPath(new URL(`../../../docs/${path}`, import.meta.url));

test("the server of the guide is docs/examples/grpc-js-server.ts, and it answers", async () => {
  const example = docs("examples/grpc-js-server.ts");
  const guide = await readFile(docs("guides/grpc-js.md"), "utf8");
  expect(guide).toContain(`\`\`\`ts\n${await readFile(example, "utf8")}\`\`\``);

  const child = spawn(process.execPath, [...process.execArgv, example], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    using client = new TestClient(Number(/^serving on (\d+)\n$/.exec(String(line))?.[1]));
    expect((await client.unary(Health.method.check, {})).response.status).toBe(Status.SERVING);
    const error = await errorOf(client.unary(Health.method.check, { service: "orders" }));
    expect(error).toMatchObject({ code: status.NOT_FOUND, details: "unknown service orders" });
  } finally {
    child.kill();
    await once(child, "exit");
  }
});
