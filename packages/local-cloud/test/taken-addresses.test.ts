// Another program listens on an address that the cloud needs.

import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startLocalCloud } from "../src/index.ts";
import { closeServer, listen } from "../src/listen.ts";
import { echoService, startTestCloud, testFolder, testVpc } from "./support.ts";

const GATEWAY = echoService({ name: "api-gateway", protocol: "http", port: 8000, balancer: "alb", desired: 1 });

test("the error for a taken published port names the port, the program and a command", async () => {
  const squatter = createServer();
  const { port } = await listen(squatter, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => closeServer(squatter));
  const start = startLocalCloud({ vpc: testVpc(), services: [GATEWAY], publishedPort: port, logFolder: testFolder() });
  await expect(start).rejects.toThrow(
    new RegExp(
      `^127\\.0\\.0\\.1:${port} \\(the published gateway\\) is taken by .* \\(pid ${process.pid}\\)\\. ` +
        `Stop it, or choose another port: PORT=${port + 1} npm start$`,
    ),
  );
});

test("the error for addresses of another cloud has a command to run beside it", async () => {
  const first = await startTestCloud();
  const second = startLocalCloud({ vpc: testVpc(), services: [GATEWAY], publishedPort: 0, logFolder: testFolder() });
  const { host, port } = first.dnsServer;
  await expect(second).rejects.toThrow(`${host}:${port} (DNS of the local cloud) is taken by`);
  await expect(second).rejects.toThrow("PORT=8001 npm start -- --vpc 127.11.0.0/16");
  // The failed start did not change the first cloud.
  expect(first.tasks()).toHaveLength(2);
});

test("an address block outside of loopback is refused", async () => {
  await expect(startLocalCloud({ vpc: "10.0.0.0/16" })).rejects.toThrow(
    "vpc: expected a /16 of 127.0.0.0/8 such as 127.10.0.0/16, got 10.0.0.0/16",
  );
});
