// Clients that public generators make of /openapi.json: each compiles with `strict`, and goes a story to its end.

import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { agentTeamServices } from "@agent-team/local-cloud";
import { createClient } from "@hey-api/openapi-ts";
import openapiTS, { astToString } from "openapi-typescript";
import { expect, onTestFinished, test } from "vitest";
import { startCalledServer } from "../test/support/called-server.ts";
import { cloudOfTest } from "../test/support/cloud.ts";

const STORIES = join(import.meta.dirname, "..", "generated-client");
const MODULES = join(import.meta.dirname, "..", "..", "node_modules");

/** What a user of Node has. */
const STRICT = {
  compilerOptions: {
    ...{ strict: true, noEmit: true, target: "es2024", module: "nodenext", lib: ["es2024", "dom", "dom.iterable"] },
    ...{
      allowImportingTsExtensions: true,
      erasableSyntaxOnly: true,
      types: ["node"],
      typeRoots: [join(MODULES, "@types")],
    },
  },
};

type Document = Record<string, unknown>;

/** A whole client, with no package beside it. */
async function generateClient(input: Document, folder: string): Promise<void> {
  const output = { path: join(folder, "client"), module: { extension: ".ts" } };
  const plugins = ["@hey-api/client-fetch", "@hey-api/sdk", "@hey-api/typescript"] as const;
  await createClient({ input, output, plugins: [...plugins], logs: { level: "silent" } });
}

/** Types alone; the requests are those of openapi-fetch. */
async function generateTypes(input: Document, folder: string): Promise<void> {
  mkdirSync(join(folder, "client"));
  writeFileSync(join(folder, "client", "paths.ts"), astToString(await openapiTS(input as never)));
  mkdirSync(join(folder, "node_modules"));
  for (const name of ["openapi-fetch", "openapi-typescript-helpers"])
    symlinkSync(join(MODULES, name), join(folder, "node_modules", name));
}

test.for([
  ["@hey-api/openapi-ts", "127.52.0.0/16", generateClient, "story.ts"],
  ["openapi-typescript", "127.51.0.0/16", generateTypes, "story-of-types.ts"],
] as const)(
  "a client by %s compiles, and goes from a conversation to the end of a run and back to what is stored",
  async ([, vpc, generate, story]) => {
    const posted: string[] = [];
    const server = await startCalledServer((request, response) => {
      if (request.method === "POST") posted.push(String(request.url));
      response.writeHead(200, { "content-type": "application/json" }).end('{"total":1200}');
    });
    onTestFinished(() => server.close());
    const services = agentTeamServices({ environment: { HTTP_ALLOW_HOSTS: server.authority } });
    await using cloud = await cloudOfTest(vpc, { services });
    const folder = newFolder();

    await generate((await (await fetch(`${cloud.url}/openapi.json`)).json()) as Document, folder);
    cpSync(join(STORIES, story), join(folder, "story.ts"));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(STRICT));

    expect(await run(join(MODULES, ".bin", "tsc"), ["-p", folder])).toBe("");
    expect(JSON.parse(await run(process.execPath, [join(folder, "story.ts"), cloud.url, server.origin]))).toEqual({
      ...{ hasWholeAnswer: true, storedAnswer: true, nodes: ["MANUAL", "HTTP_REQUEST", "HTTP_REQUEST"] },
      ...{ state: "SUCCEEDED", hasEvents: true, runs: [true], knowsKinds: true, wasRunning: false },
      ...{ deleted: 204, gone: "NOT_FOUND" },
    });
    expect(posted).toEqual(["/audit"]);
  },
);

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "generated-client-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  return folder;
}

/** What a program prints. Fails with it unless the exit code is 0. */
async function run(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { timeout: 30_000 }).catch((error) =>
    expect.fail(`${error.message}${error.stdout}${error.stderr}`),
  );
  return stdout;
}
