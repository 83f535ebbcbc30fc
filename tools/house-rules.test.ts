/**
 * Breaks each house rule once and expects the finding. A misplaced override would switch a rule off silently.
 */

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Violation {
  readonly file: string;
  readonly source: string;
  /** The finding must match this. */
  readonly says: RegExp;
}

const CLIENT = "packages/grpc-client/src";
const ENGINE = "services/workflow-engine/src";
const GATEWAY = "services/api-gateway/src";
const SERVER = "packages/grpc-server/src";
const VIOLATIONS: Readonly<Record<string, Violation>> = {
  "a package imports test-support": {
    file: "packages/journal/src/test-support.ts",
    source: 'import "@agent-team/test-support/redis-server";',
    says: /Only tests import @agent-team\/test-support/,
  },
  "a service imports test-support": {
    file: `${ENGINE}/test-support.ts`,
    source: 'import "@agent-team/test-support/free-port";',
    says: /Only tests import @agent-team\/test-support/,
  },
  "balancer/ imports resolver/": {
    file: `${CLIENT}/balancer/a.ts`,
    source: 'import "../resolver/dns.ts";',
    says: /Rooms do not import each other/,
  },
  "resolver/ imports subchannel/": {
    file: `${CLIENT}/resolver/a.ts`,
    source: 'import "../subchannel/pool.ts";',
    says: /Rooms do not import each other/,
  },
  "subchannel/ imports transport/": {
    file: `${CLIENT}/subchannel/b.ts`,
    source: 'import "../transport/node-http2.ts";',
    says: /Rooms do not import each other/,
  },
  "subchannel/ imports call/": {
    file: `${CLIENT}/subchannel/a.ts`,
    source: 'import "../call/call.ts";',
    says: /Rooms do not import each other/,
  },
  "call/ imports balancer/": {
    file: `${CLIENT}/call/a.ts`,
    source: 'import "../balancer/scan.ts";',
    says: /Rooms do not import each other/,
  },
  "health/ imports balancer/": {
    file: `${CLIENT}/health/a.ts`,
    source: 'import "../balancer/scan.ts";',
    says: /Rooms do not import each other/,
  },
  "a machine imports channel.ts": {
    file: `${CLIENT}/call/b.ts`,
    source: 'import "../channel.ts";',
    says: /channel\.ts imports the rooms/,
  },
  "a noun imports a folder": {
    file: `${CLIENT}/endpoint.ts`,
    source: 'import "./resolver/dns.ts";',
    says: /A noun at the top imports no room/,
  },
  "a file at the top imports channel.ts": {
    file: `${CLIENT}/outcome.ts`,
    source: 'import "./channel.ts";',
    says: /channel\.ts imports the files at the top/,
  },
  "call/ knows HTTP/2": {
    file: `${CLIENT}/call/c.ts`,
    source: 'import "node:http2";',
    says: /what connections are made of/,
  },
  "balancer/ asks a name server": {
    file: `${CLIENT}/balancer/b.ts`,
    source: 'import "node:dns";',
    says: /Only resolver\//,
  },
  "call/ opens a socket": {
    file: `${CLIENT}/call/g.ts`,
    source: 'import { connect } from "node:net";\nexport const c: unknown = connect;',
    says: /opens sockets/,
  },
  "adapters/ imports a machine": {
    file: `${CLIENT}/adapters/b.ts`,
    source: 'import "../balancer/scan.ts";',
    says: /Rooms do not import each other/,
  },
  "adapters/ imports channel.ts": {
    file: `${CLIENT}/adapters/c.ts`,
    source: 'import "../channel.ts";',
    says: /channel\.ts imports the rooms/,
  },
  "the core imports a package": {
    file: `${CLIENT}/call/d.ts`,
    source: 'import "@connectrpc/connect";',
    says: /depends on @agent-team\/foundation only/,
  },
  "transport/ imports a package beside http2": {
    file: `${CLIENT}/transport/own-http2-a.ts`,
    source: 'import "@connectrpc/connect";',
    says: /and no other package/,
  },
  "a room beside transport/own-http2*.ts imports http2": {
    file: `${CLIENT}/subchannel/c.ts`,
    source: 'import "@agent-team/http2";',
    says: /depends on @agent-team\/foundation only/,
  },
  "our own HTTP/2 opens a socket": {
    file: `${CLIENT}/transport/own-http2-b.ts`,
    source: 'import { connect } from "node:net";\nexport const c: unknown = connect;',
    says: /opens sockets/,
  },
  "resolver/ knows AWS beside cloud-map*.ts": {
    file: `${CLIENT}/resolver/b.ts`,
    source:
      'import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";\nexport type C = ServiceDiscoveryClient;',
    says: /depends on @agent-team\/foundation only/,
  },
  "the SDK is loaded with the channel": {
    file: `${CLIENT}/resolver/cloud-map-a.ts`,
    source:
      'import { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";\nexport const c: unknown = ServiceDiscoveryClient;',
    says: /by import\(\) when it is needed/,
  },
  "resolver/cloud-map*.ts imports another package": {
    file: `${CLIENT}/resolver/cloud-map-b.ts`,
    source: 'import "@connectrpc/connect";',
    says: /and no other package/,
  },
  "a room of the server imports another one": {
    file: `${SERVER}/health/a.ts`,
    source: 'import "../call/run.ts";',
    says: /Rooms do not import each other/,
  },
  "a room of the server imports serve.ts": {
    file: `${SERVER}/lifecycle/a.ts`,
    source: 'import "../serve.ts";',
    says: /serve\.ts imports the rooms/,
  },
  "a noun of the server imports a folder": {
    file: `${SERVER}/identity.ts`,
    source: 'import "./config/server-config.ts";',
    says: /A noun at the top imports no room/,
  },
  "a noun of the server imports serve-options.ts": {
    file: `${SERVER}/service.ts`,
    source: 'import "./serve-options.ts";',
    says: /serve\.ts imports the rooms/,
  },
  "the server's call/ knows grpc-js": {
    file: `${SERVER}/call/c.ts`,
    source: 'import "@grpc/grpc-js";',
    says: /grpc-js is a client of the tests/,
  },
  "the server's call/ knows HTTP/2": {
    file: `${SERVER}/call/a.ts`,
    source: 'import "@agent-team/http2";',
    says: /Only connection\/ knows HTTP\/2/,
  },
  "program/ knows zod": {
    file: `${SERVER}/program/a.ts`,
    source: 'import "zod";',
    says: /Only config\/ knows zod/,
  },
  "Date.now() in call/": {
    file: `${CLIENT}/call/e.ts`,
    source: "export const now: number = Date.now();",
    says: /Take a Clock/,
  },
  "setTimeout in a service": {
    file: "services/api-gateway/src/a.ts",
    source: "setTimeout(() => {}, 1);",
    says: /Take a Clock/,
  },
  "performance.now() in a package": {
    file: "packages/journal/src/a.ts",
    source: "export const now: number = performance.now();",
    says: /Take a Clock/,
  },
  "timers by import": { file: `${CLIENT}/call/f.ts`, source: 'import "node:timers/promises";', says: /Take a Clock/ },
  "Math.random() in balancer/": {
    file: `${CLIENT}/balancer/c.ts`,
    source: "export const dice: number = Math.random();",
    says: /Take a Random/,
  },
  "AbortSignal.timeout in a service": {
    file: "services/api-gateway/src/b.ts",
    source: "export const s: AbortSignal = AbortSignal.timeout(1);",
    says: /Take a Clock/,
  },
  "a test that sleeps": {
    file: "packages/journal/src/a.test.ts",
    source: "setTimeout(() => {}, 1);",
    says: /a sleep is slow when it is right/,
  },
  "a package imports a service": {
    file: "packages/cli/src/a.ts",
    source: 'import "@agent-team/api-gateway";',
    says: /A package knows no service/,
  },
  "a service imports another one": {
    file: "services/api-gateway/src/c.ts",
    source: 'import "@agent-team/workflow-engine";',
    says: /over the wire only/,
  },
  "a noun of the engine imports a room": {
    file: `${ENGINE}/a-noun.ts`,
    source: 'import "./store/run-store.ts";',
    says: /A noun at the top imports no room/,
  },
  "run/ of the engine imports store/": {
    file: `${ENGINE}/run/a.ts`,
    source: 'import "../store/run-store.ts";',
    says: /run\/ imports nodes\/: rooms meet in the nouns/,
  },
  "store/ of the engine imports nodes/": {
    file: `${ENGINE}/store/a.ts`,
    source: 'import "../nodes/catalogue.ts";',
    says: /store\/ imports no other room/,
  },
  "the program of an expression process imports http/": {
    file: `${ENGINE}/expression/child/a.ts`,
    source: 'import "../../http/exchange.ts";',
    says: /expression\/ imports no other room/,
  },
  "a room of the engine imports the composition": {
    file: `${ENGINE}/rpc/a.ts`,
    source: 'import "../engine.ts";',
    says: /engine\.ts puts the rooms together/,
  },
  "a node kind opens a socket": {
    file: `${ENGINE}/nodes/a.ts`,
    source: 'import "node:https";',
    says: /Only http\/ reaches the network/,
  },
  "a node kind fetches": {
    file: `${ENGINE}/nodes/b.ts`,
    source: 'export const f: unknown = fetch("http://a");',
    says: /Only http\/ reaches the network/,
  },
  "a room of the engine reads the clock": {
    file: `${ENGINE}/run/b.ts`,
    source: "export const now: number = Date.now();",
    says: /Take a Clock/,
  },
  "run/ of the engine starts a process": {
    file: `${ENGINE}/run/c.ts`,
    source: 'import "node:child_process";',
    says: /Only expression\/ starts processes/,
  },
  "validate/ of the engine parses an expression": {
    file: `${ENGINE}/validate/a.ts`,
    source: 'import "jsonata";',
    says: /An expression is code from outside/,
  },
  "rpc/ of the engine writes the journal": {
    file: `${ENGINE}/rpc/b.ts`,
    source: 'import { createJournal } from "@agent-team/journal";\nexport const j: unknown = createJournal;',
    says: /Only store\/ reads and writes the journal/,
  },
  "a noun of the gateway imports a room": {
    file: `${GATEWAY}/a-noun.ts`,
    source: 'import "./auth/credential.ts";',
    says: /A noun at the top imports no room/,
  },
  "a room of the gateway imports another room": {
    file: `${GATEWAY}/request/a.ts`,
    source: 'import "../response/sse.ts";',
    says: /Rooms do not import each other/,
  },
  "a room of the gateway imports the composition": {
    file: `${GATEWAY}/auth/a.ts`,
    source: 'import type { GatewayConfig } from "../config.ts";\nexport type C = GatewayConfig;',
    says: /take what you need as an input/,
  },
  "a route of the gateway opens a channel": {
    file: `${GATEWAY}/routes/a.ts`,
    source: 'import "@agent-team/grpc-client";',
    says: /Only clients\/ opens channels/,
  },
  "request/ of the gateway knows Node's HTTP": {
    file: `${GATEWAY}/request/b.ts`,
    source: 'import type { IncomingMessage } from "node:http";\nexport type M = IncomingMessage;',
    says: /Only listener\/ knows connections/,
  },
  "listener/ of the gateway knows routes": {
    file: `${GATEWAY}/listener/a.ts`,
    source: 'import "hono";',
    says: /know no routes/,
  },
  "a package imports a neighbour's file": {
    file: "packages/cli/src/b.ts",
    source: 'import "../../packages/journal/src/index.ts";',
    says: /by its name/,
  },
  "the embedded planner reads a file": {
    file: "packages/embedded-planner/src/a.ts",
    source: 'import "node:fs";',
    says: /is a pure function/,
  },
  "the embedded planner imports another package of ours": {
    file: "packages/embedded-planner/src/b.ts",
    source: 'import "@agent-team/cli";',
    says: /is a pure function/,
  },
  "the embedded planner imports a package": {
    file: "packages/embedded-planner/src/c.ts",
    source: 'import "zod";',
    says: /is a pure function/,
  },
  "the page imports a module of Node": {
    file: "packages/page/src/browser/a.ts",
    source: 'import "node:fs";',
    says: /runs in browsers/,
  },
  "the page's logic draws": {
    file: "packages/page/src/browser/state/a.ts",
    source: 'import "preact/hooks";',
    says: /Only view\/ and main.tsx draw/,
  },
  "a floating promise": {
    file: "packages/journal/src/b.ts",
    source: "async function f(): Promise<void> {}\nf();",
    says: /[Pp]romise/,
  },
  "a promise in a place that does not await it": {
    file: "packages/journal/src/f.ts",
    source: "async function f(): Promise<void> {}\n[1].forEach(f);",
    says: /[Pp]romise/,
  },
  "a switch that forgets a case": {
    file: "packages/journal/src/c.ts",
    source: 'export function f(x: "a" | "b"): void {\n  switch (x) {\n    case "a":\n      break;\n  }\n}',
    says: /exhaustive/i,
  },
  "a cycle": {
    file: "packages/journal/src/d.ts",
    source: 'import { e } from "./e.ts";\nexport const d: () => unknown = () => e;',
    says: /cycle/i,
  },
};

/** Allowed, although it looks like something above. */
const CLEAN: Readonly<Record<string, string>> = {
  [`${CLIENT}/balancer/h.ts`]: 'import "../picker.ts";\nimport "./scan.ts";',
  [`${CLIENT}/own-address.ts`]: 'import { isIP } from "node:net";\nexport const f: unknown = isIP;',
  [`${CLIENT}/balancer/i.ts`]: 'import "@agent-team/foundation/clock";',
  [`${CLIENT}/balancer/h.test.ts`]: 'import "../resolver/dns.ts";\nimport "vitest";\nsetImmediate(() => {});',
  [`${SERVER}/serve.ts`]: 'import "./call/b.ts";\nimport "./connection/b.ts";',
  [`${SERVER}/call/b.ts`]: 'import "../logger.ts";',
  [`${SERVER}/connection/b.ts`]: 'import "@agent-team/http2";\nimport "../bind.ts";',
  [`${SERVER}/config/b.ts`]: 'import "zod";',
  "packages/foundation/src/clock.ts": "export const now: number = Date.now();",
  "packages/foundation/src/random.ts": "export const dice: number = Math.random();",
  [`${CLIENT}/resolver/g.ts`]: 'import "node:dns";',
  [`${CLIENT}/transport/node-http2.ts`]: 'import "node:http2";',
  [`${CLIENT}/transport/own-http2.ts`]: 'import "@agent-team/http2";\nimport "@agent-team/foundation/clock";',
  [`${CLIENT}/channel.ts`]: 'import "./resolver/g.ts";',
  [`${ENGINE}/rpc/c.ts`]:
    'import "../run/runner.ts";\nimport { isJournalError } from "@agent-team/journal";\nexport const f: unknown = isJournalError;',
  [`${ENGINE}/http/a.ts`]: 'import "node:http";',
  "packages/embedded-planner/src/d.ts": 'import "@agent-team/contracts";\nimport "@bufbuild/protobuf";',
  "packages/page/src/browser/view/a.ts": 'import "preact";\nimport "@agent-team/foundation/clock";',
  [`${CLIENT}/adapters/a.ts`]: 'import "@connectrpc/connect";',
};

let folder: string;
let findings: ReadonlyMap<string, string>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "house-rules-"));
  for (const name of ["oxlint.config.ts", "tools/lint", "tsconfig.base.json"]) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  write("package.json", '{ "type": "module" }');
  write(
    "tsconfig.json",
    '{ "extends": "./tsconfig.base.json", "compilerOptions": { "rootDir": "." }, "include": ["**/*.ts"], "exclude": [] }',
  );
  for (const { file, source } of Object.values(VIOLATIONS)) write(file, `${source}\n`);
  write("packages/journal/src/e.ts", 'import { d } from "./d.ts";\nexport const e: () => unknown = () => d;\n');
  for (const [file, source] of Object.entries(CLEAN)) write(file, `${source}\n`);
  findings = lint();
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(Object.entries(VIOLATIONS))("%s: lint refuses it", (_title, { file, says }) => {
  expect(findings.get(file) ?? "(no finding)").toMatch(says);
});

test.each(Object.keys(CLEAN))("%s: lint lets it pass", (file) => {
  expect(findings.get(file)).toBeUndefined();
});

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

/** All messages, by file. */
function lint(): Map<string, string> {
  const { stdout, stderr } = spawnSync(
    "oxlint",
    ["-c", "oxlint.config.ts", "--format", "json", "packages", "services"],
    { cwd: folder, encoding: "utf8" },
  );
  const { diagnostics } = JSON.parse(
    stdout === "" ? `{"diagnostics":[],"stderr":${JSON.stringify(stderr)}}` : stdout,
  ) as {
    diagnostics: readonly { readonly filename: string; readonly message: string; readonly help?: string }[];
  };
  const byFile = new Map<string, string>();
  for (const { filename, message, help } of diagnostics)
    byFile.set(filename, `${byFile.get(filename) ?? ""}${message} ${help ?? ""}\n`);
  return byFile;
}
