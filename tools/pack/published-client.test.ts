// The package as it is published, in a folder where nothing else of ours is: what is in it, and that programs of both kinds run.

import { execFile, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../check/tool.ts";
import { writePublishedFolder } from "./published-folder.ts";

const NAME = "@agent-team/grpc-client";
/** What the programs need besides. */
const OTHERS = ["@bufbuild/protobuf", "@connectrpc/connect", "@grpc/grpc-js", "@types/node"];
const COMPILER = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");

/** A call through a stub of grpc-js to a server of the package, and a transport for Connect. */
const PROGRAM = `
import { createChannel, type ChannelOptions } from "${NAME}";
import { createConnectTransport } from "${NAME}/connect";
import { createGrpcJsChannel } from "${NAME}/grpc-js";
import { echo, StubServer } from "${NAME}/testing";
import * as grpc from "@grpc/grpc-js";

async function main(): Promise<void> {
  const server = await StubServer.start({ handlers: { "*": echo } });
  const options: ChannelOptions = { unaryTimeoutMs: 20_000 };
  const channel = createChannel(\`ipv4:127.0.0.1:\${server.port}\`, options);
  const channelOverride = createGrpcJsChannel(channel);
  const client = new grpc.Client("not used", grpc.credentials.createInsecure(), { channelOverride });
  const same = (bytes: Buffer): Buffer => bytes;
  const answer = await new Promise<Buffer | undefined>((resolve, reject) =>
    client.makeUnaryRequest("/a.B/C", same, same, Buffer.from("hello"), (error, bytes) =>
      error === null ? resolve(bytes) : reject(error),
    ),
  );
  console.log(String(answer), typeof createConnectTransport(channel).unary, typeof require);
  await channel.close();
  await server[Symbol.asyncDispose]();
}
void main();
`;

let app: string;
let folder: string;

beforeAll(async () => {
  app = mkdtempSync(join(tmpdir(), "published-"));
  folder = join(app, "node_modules", NAME);
  await writePublishedFolder("grpc-client", folder);
  for (const name of OTHERS) {
    mkdirSync(join(app, "node_modules", dirname(name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(app, "node_modules", name));
  }
}, 60_000);

/** What an import of the package reads. */
function codeAtImport(): string {
  return ["index.js", "shared-core.js"].map((name) => readFileSync(join(folder, "dist", name), "utf8")).join("\n");
}

afterAll(() => rmSync(app, { recursive: true, force: true }));

test("the package has no dependencies, and a second build of the same sources is the same", async () => {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as object;
  expect(Object.keys(manifest)).not.toContain("dependencies");
  expect(Object.keys(manifest)).not.toContain("devDependencies");
  const before = codeAtImport();
  await writePublishedFolder("grpc-client", folder);
  expect(codeAtImport()).toBe(before);
});

test("an import reads two files, and no module of Node that not every channel needs", () => {
  const imported = [...codeAtImport().matchAll(/from "([^"]*)"/g)].map(([, specifier]) => specifier);
  // Others cost a start 2 to 17 ms of CPU each: they are loaded when a channel needs them.
  expect(new Set(imported)).toEqual(new Set(["./shared-core.js", "node:async_hooks"]));
});

test("the declarations name nothing of the inside of a channel", () => {
  const dist = join(folder, "dist");
  const named = readdirSync(dist)
    .filter((name) => /\.d\.c?ts$/.test(name))
    .filter((name) => /ResolvedChannelOptions|EndpointLoad|FleetLatency/.test(readFileSync(join(dist, name), "utf8")));
  expect(named).toEqual([]);
});

test.for([
  ["channel-endpoints", "ipv4:127.0.0.1:1", "the client's endpoints could not be loaded: "],
  ["own-http2", "ipv4:127.0.0.1:1", "the client's HTTP/2 (own) could not be loaded: "],
  ["polling-resolvers", "dns:///agent.test:1", "the resolver dns could not be loaded: "],
] as const)(
  "without the file of %s calls end, and say what could not be loaded; when it is back, they find it",
  async ([part, target, text]) => {
    const broken = join(app, `without-${part}`);
    cpSync(folder, join(broken, "node_modules", NAME), { recursive: true });
    for (const extension of ["js", "cjs"]) {
      const file = join(broken, "node_modules", NAME, "dist", `shared-${part}.${extension}`);
      renameSync(file, `${file}.away`);
      const load = extension === "js" ? `await import("${NAME}")` : `require("${NAME}")`;
      const program = join(broken, `main.${extension === "js" ? "mjs" : "cjs"}`);
      writeFileSync(
        program,
        `void (async () => {
        const { createChannel } = ${load};
        let laterMs = 0;
        const clock = {
          now: () => performance.now() + laterMs,
          wallNow: () => Date.now(),
          setTimer(ms, callback) { const timer = setTimeout(callback, ms); return Object.assign(timer, { cancel: () => clearTimeout(timer) }); },
        };
        const channel = createChannel("${target}", { clock });
        const method = { path: "/a.B/C", unaryRequest: true, unaryResponse: true, idempotent: false };
        const ask = () => new Promise((resolve) => {
          const sink = { onHeaders() {}, onMessage() {}, onDrain() {}, onEnd: (error) => resolve(error.message) };
          const call = channel.call(method, {}, sink);
          call.start();
          call.send(Buffer.alloc(0), true);
        });
        const errors = [await ask(), await ask()];
        const { transportError, tiers } = channel.snapshot();
        process.getBuiltinModule("node:fs").renameSync(${JSON.stringify(`${file}.away`)}, ${JSON.stringify(file)});
        laterMs = 1_000;
        console.log(JSON.stringify({ errors, shown: transportError ?? tiers[0].lastError, after: await ask() }));
        await channel.close();
      })();`,
      );
      const { stdout } = await promisify(execFile)(process.execPath, [program]);
      const { errors, shown, after } = JSON.parse(stdout) as Record<"shown" | "after", string> & { errors: string[] };
      for (const error of [...errors, shown]) {
        expect(error).toContain(text);
        expect(error).toContain(`shared-${part}.${extension}`);
      }
      expect(after).not.toContain("could not be loaded");
      expect(after).toMatch(/ECONNREFUSED|agent.test/);
    }
  },
);

test.for([
  ["commonjs", "function"],
  ["module", "undefined"],
] as const)(
  "a TypeScript program of type %s compiles under node16 and runs",
  { timeout: 60_000 },
  async ([type, require]) => {
    const program = join(app, type);
    mkdirSync(program);
    writeFileSync(join(program, "package.json"), JSON.stringify({ type }));
    writeFileSync(join(program, "main.ts"), PROGRAM);
    const lib = "es2024,dom,esnext.disposable";
    const options = [
      "--strict",
      "--module",
      "node16",
      "--target",
      "es2022",
      "--lib",
      lib,
      "--types",
      "node",
      "--ignoreConfig",
    ];
    const { stdout, status } = spawnSync(process.execPath, [COMPILER, ...options, "main.ts"], {
      cwd: program,
      encoding: "utf8",
    });
    expect(stdout).toBe("");
    expect(status).toBe(0);
    const { stdout: said } = await promisify(execFile)(process.execPath, ["main.js"], { cwd: program });
    expect(said).toBe(`hello function ${require}\n`);
  },
);

test("the package has no declaration with `using`, which Node 22 cannot read", () => {
  const dist = join(folder, "dist");
  const programs = readdirSync(dist).filter((name) => /\.c?js$/.test(name));
  expect(programs.length).toBeGreaterThanOrEqual(8);
  const withUsing = programs.filter((name) => /^\s*(await )?using \w/m.test(readFileSync(join(dist, name), "utf8")));
  expect(withUsing).toEqual([]);
});

test("a folder that is not the package's is not replaced", async () => {
  const mine = join(app, "mine");
  mkdirSync(mine);
  writeFileSync(join(mine, "letter.txt"), "dear");
  await expect(writePublishedFolder("grpc-client", mine)).rejects.toThrow(/mine exists and is no package of ours/);
  expect(readFileSync(join(mine, "letter.txt"), "utf8")).toBe("dear");
});
