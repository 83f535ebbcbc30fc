// The server as it is published, in a folder where nothing else of ours is: the program of its README runs, in both kinds of module.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:http2";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../check/tool.ts";
import { writePublishedFolder } from "./published-folder.ts";

const NAME = "@agent-team/grpc-server";
/** What the programs need besides. */
const OTHERS = ["@bufbuild/protobuf", "@connectrpc/connect", "@grpc/grpc-js", "@types/node"];
const COMPILER = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
const GENERATED = join(import.meta.dirname, "fixture", "greeter-pb.ts");

const README = readFileSync(join(ROOT, "packages", "grpc-server", "README.md"), "utf8");
/** Its first program. */
const [, IN_README = ""] = /```ts\n([^]*?)```/.exec(README) ?? [];

/** A server of grpc-js, whose handlers get metadata of the class that the program has. */
const GRPC_JS_PROGRAM = `
import { Server, ServerCredentials } from "${NAME}/grpc-js";
import * as grpc from "@grpc/grpc-js";

const same = (bytes: Buffer): Buffer => bytes;
const definition: grpc.ServiceDefinition = {
  greet: { path: "/demo.Greeter/Greet", requestStream: false, responseStream: false, requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same },
};
const greet: grpc.handleUnaryCall<Buffer, Buffer> = (call, callback) => {
  const text = \`Hello, \${call.metadata instanceof grpc.Metadata} \${typeof require}\`;
  callback(null, Buffer.from([10, text.length, ...Buffer.from(text)]));
};
const server = new Server();
server.addService(definition, { greet });
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  console.log(JSON.stringify({ address: error?.message ?? \`127.0.0.1:\${port}\` }));
});
`;

let app: string;
let folder: string;

beforeAll(async () => {
  app = mkdtempSync(join(tmpdir(), "published-server-"));
  folder = join(app, "node_modules", NAME);
  await writePublishedFolder("grpc-server", folder);
  for (const name of OTHERS) {
    mkdirSync(join(app, "node_modules", dirname(name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(app, "node_modules", name));
  }
  for (const type of ["commonjs", "module"]) compile(join(app, type), type);
}, 120_000);

afterAll(() => rmSync(app, { recursive: true, force: true }));

/** Compiles both programs under node16, as a user does. */
function compile(program: string, type: string): void {
  mkdirSync(join(program, "gen"), { recursive: true });
  writeFileSync(join(program, "package.json"), JSON.stringify({ type }));
  // Free ports, in place of fixed ones.
  writeFileSync(join(program, "readme.ts"), IN_README.replaceAll(/_PORT: \d+/g, "_PORT: 0"));
  writeFileSync(join(program, "grpc-js.ts"), GRPC_JS_PROGRAM);
  cpSync(GENERATED, join(program, "gen", "greeter_pb.ts"));
  const lib = "es2024,dom,esnext.disposable";
  const options = ["--strict", "--module", "node16", "--target", "es2022", "--lib", lib, "--types", "node"];
  const args = [COMPILER, ...options, "--ignoreConfig", "readme.ts", "grpc-js.ts"];
  const { stdout } = spawnSync(process.execPath, args, { cwd: program, encoding: "utf8" });
  expect(stdout).toBe("");
}

/** Starts a program, calls its Greeter, and ends it. */
async function greet(program: string, file: string): Promise<{ readonly text: string; readonly exitCode: number }> {
  const child = spawn(process.execPath, [file], { cwd: program, stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit") as Promise<[number | null]>;
  try {
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const { address } = JSON.parse(String(line)) as { readonly address: string };
    const text = await call(`127.0.0.1:${address.split(":").at(-1)}`);
    child.kill("SIGTERM");
    child.kill("SIGINT"); // the second signal: without the time for discovery
    const [code] = await exit;
    return { text, exitCode: code ?? -1 };
  } finally {
    child.kill("SIGKILL");
  }
}

/** A unary call by hand. */
async function call(address: string): Promise<string> {
  const session = connect(`http://${address}`);
  const path = "/demo.Greeter/Greet";
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  const request = Buffer.from([10, 3, ...Buffer.from("you")]); // GreetRequest { name: "you" }
  stream.end(Buffer.from([0, 0, 0, 0, request.length, ...request]));
  const answer = await buffer(stream);
  session.close();
  return answer.subarray(5 + 2).toString(); // behind the prefix of the message, and the tag and the length of `text`
}

test("the package has no dependencies but peers, and a second build of the same sources is the same", async () => {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, object>;
  expect(manifest["dependencies"]).toBeUndefined();
  expect(Object.keys(manifest["peerDependencies"] ?? {})).toEqual([
    "@bufbuild/protobuf",
    "@connectrpc/connect",
    "@grpc/grpc-js",
  ]);
  const code = readFileSync(join(folder, "dist", "index.js"), "utf8");
  await writePublishedFolder("grpc-server", folder);
  expect(readFileSync(join(folder, "dist", "index.js"), "utf8")).toBe(code);
});

test.for(["commonjs", "module"])(
  "the README's program of type %s serves, and ends in order",
  { timeout: 60_000 },
  async (type) => {
    expect(IN_README).toContain(`from "${NAME}"`);
    expect(IN_README.trim().split("\n").length).toBeLessThanOrEqual(10);
    expect(await greet(join(app, type), "readme.js")).toEqual({ text: "Hello, you", exitCode: 0 });
  },
);

test.for([
  ["commonjs", "function"],
  ["module", "undefined"],
] as const)("a server of grpc-js of type %s serves, with metadata of its grpc-js", async ([type, require]) => {
  const { text } = await greet(join(app, type), "grpc-js.js");
  expect(text).toBe(`Hello, true ${require}`);
});

test("the package has no declaration with `using`, which Node 22 cannot read", () => {
  const dist = join(folder, "dist");
  const programs = readdirSync(dist).filter((name) => /\.c?js$/.test(name));
  expect(programs.length).toBeGreaterThanOrEqual(4);
  const withUsing = programs.filter((name) => /^\s*(await )?using \w/m.test(readFileSync(join(dist, name), "utf8")));
  expect(withUsing).toEqual([]);
});

test("the package admits no Node without process.getBuiltinModule, which its import calls", () => {
  const { engines } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { engines: object };
  expect(readFileSync(join(folder, "dist", "shared-core.js"), "utf8")).toMatch(
    /^const .* = process\.getBuiltinModule/m,
  );
  expect(engines).toEqual({ node: ">=22.3" }); // the first one that has it
});
