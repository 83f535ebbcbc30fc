import { createServer } from "node:http";
import { systemClock } from "@agent-team/foundation/clock";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../../test/support.ts";
import { closeServer, listen } from "../listen.ts";
import { TargetGroup } from "./target-group.ts";

interface ReadyServer {
  ready: boolean;
  readonly port: number;
  checks: number;
}

async function startReadyServer(): Promise<ReadyServer> {
  const state = { ready: true, port: 0, checks: 0 };
  const server = createServer((_request, response) => {
    state.checks++;
    response.statusCode = state.ready ? 200 : 503;
    response.end();
  });
  state.port = (await listen(server, { host: "127.0.0.1", port: 0 })).port;
  onTestFinished(() => closeServer(server));
  return state;
}

function startGroup(random = () => 0): TargetGroup {
  const group = new TargetGroup({ clock: systemClock, random, checkIntervalMs: 5 });
  onTestFinished(() => group.close());
  return group;
}

const target = (id: string, healthPort: number) => ({ id, host: "127.0.0.1", port: 1, healthPort, zone: "local-1a" });

test("a new target is healthy after one pass, unhealthy after two failures, healthy again after two passes", async () => {
  const server = await startReadyServer();
  const group = startGroup();
  group.register(target("a", server.port));
  await until(
    () => group.health("a"),
    (health) => health === "healthy",
  );
  expect(server.checks).toBe(1);

  server.ready = false;
  const failuresBefore = server.checks;
  await until(
    () => group.health("a"),
    (health) => health === "unhealthy",
  );
  expect(server.checks - failuresBefore).toBe(2);

  server.ready = true;
  const passesBefore = server.checks;
  await until(
    () => group.health("a"),
    (health) => health === "healthy",
  );
  expect(server.checks - passesBefore).toBe(2);
});

test("only healthy targets get new connections", async () => {
  const [good, bad] = [await startReadyServer(), await startReadyServer()];
  bad.ready = false;
  let dice = 0;
  const group = startGroup(() => (dice = (dice + 0.37) % 1));
  group.register(target("good", good.port));
  group.register(target("bad", bad.port));
  await until(
    () => group.health("bad"),
    (health) => health === "unhealthy",
  );
  await until(
    () => group.health("good"),
    (health) => health === "healthy",
  );
  const picks = new Set(Array.from({ length: 50 }, () => group.pick()?.id));
  expect([...picks]).toEqual(["good"]);
});

test("without a healthy target every target gets connections (fail open)", async () => {
  const server = await startReadyServer();
  server.ready = false;
  let dice = 0;
  const group = startGroup(() => (dice = (dice + 0.37) % 1));
  group.register(target("a", server.port));
  group.register(target("b", server.port));
  await until(
    () => group.health("a"),
    (health) => health === "unhealthy",
  );
  await until(
    () => group.health("b"),
    (health) => health === "unhealthy",
  );
  const picks = new Set(Array.from({ length: 50 }, () => group.pick()?.id));
  expect(picks).toEqual(new Set(["a", "b"]));
});

test("a group without targets picks undefined", async () => {
  const server = await startReadyServer();
  const group = startGroup();
  group.register(target("a", server.port));
  group.deregister("a");
  expect(group.pick()).toBeUndefined();
});
