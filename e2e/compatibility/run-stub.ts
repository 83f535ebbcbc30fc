/** The stubs: each program is compiled by TypeScript with `strict`, without a cast, and run against a server of the test. */

import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StubServer } from "@agent-team/grpc-client/testing";
import { lastLine, type ProgramFolder, runProgram } from "./program-folder.ts";
import type { Tally } from "./tally.ts";
import { installedVersion, ROOT } from "./versions.ts";

interface Stub {
  readonly name: string;
  /** In `stubs/`. */
  readonly program: string;
  /** What npm installs. */
  readonly packages: readonly string[];
  /** Whose version the table shows. */
  readonly shown: string;
}

const GRPC_JS = ["1.8.22", "1.10.11", "1.12.6", "1.13.4", "1.14.7"];
const BASE = ["@types/node@24.19.2"];
const LOADER = "@grpc/proto-loader@0.8.1";
const PROTOBUF_ES = ["@connectrpc/connect@2.2.0", "@bufbuild/protobuf@2.17.0"];

export const STUBS: readonly Stub[] = [
  ...GRPC_JS.flatMap((version): readonly Stub[] => {
    const packages = [...BASE, LOADER, `@grpc/grpc-js@${version}`];
    const ofVersion = { packages, shown: "@grpc/grpc-js" };
    return [
      { name: "grpc-js, generated", program: "grpc-js-generated.mts", ...ofVersion },
      { name: "grpc-js, proto-loader", program: "proto-loader.mts", ...ofVersion },
    ];
  }),
  { name: "nice-grpc", program: "nice-grpc.mts", packages: [...BASE, "nice-grpc@2.1.18"], shown: "nice-grpc" },
  {
    name: "NestJS ClientGrpc, CommonJS",
    program: "nestjs.cts",
    packages: [
      ...BASE,
      LOADER,
      "@grpc/grpc-js@1.14.7",
      "@nestjs/common@11.2.10",
      "@nestjs/core@11.2.10",
      "@nestjs/microservices@11.2.6",
      "reflect-metadata@0.2.2",
      "rxjs@7.8.2",
    ],
    shown: "@nestjs/microservices",
  },
  {
    name: "protobuf-ts, grpc-transport",
    program: "protobuf-ts.mts",
    packages: [
      ...BASE,
      "@grpc/grpc-js@1.14.7",
      "@protobuf-ts/grpc-transport@2.11.1",
      "@protobuf-ts/runtime@2.11.1",
      "@protobuf-ts/runtime-rpc@2.11.1",
    ],
    shown: "@protobuf-ts/grpc-transport",
  },
  { name: "Connect-ES", program: "connect.mts", packages: [...BASE, ...PROTOBUF_ES], shown: "@connectrpc/connect" },
  {
    name: "Temporal's client",
    program: "temporal.mts",
    packages: [...BASE, "@temporalio/client@1.24.0", "@grpc/grpc-js@1.14.7"],
    shown: "@temporalio/client",
  },
];

const COMPILER = {
  compilerOptions: {
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    target: "es2023",
    module: "nodenext",
    moduleResolution: "nodenext",
    rewriteRelativeImportExtensions: true,
    types: ["node"],
    rootDir: "program",
    outDir: "out",
  },
};

/** protobuf: `namespace_info` of DescribeNamespaceResponse with the name "orders". */
const ORDERS_NAMESPACE = Buffer.concat([Buffer.of(0x0a, 8, 0x0a, 6), Buffer.from("orders")]);

export async function runStub(stub: Stub, programs: ProgramFolder, tally: Tally): Promise<void> {
  const installed = programs.install(
    `stub ${stub.packages
      .join(" ")
      .replaceAll(/[^\w.]+/g, "-")
      .slice(-80)}`,
    stub.packages,
  );
  if ("error" in installed) return tally.skip(`${stub.name} ${stub.shown}`, installed.error);
  const { folder } = installed;
  programs.addClient(folder);
  const row = { name: stub.name, versions: `${stub.shown} ${installedVersion(stub.shown, folder)}` };
  writeProgram(stub, folder);
  const compiled = await runProgram(
    [process.execPath, join(ROOT, "node_modules/typescript/bin/tsc"), "-p", "."],
    folder,
  );
  if (!compiled.ok)
    return tally.addStub({ ...row, types: "failed", error: compiled.stdout.trim().split("\n")[0] ?? "tsc" });
  await using server = await StubServer.start({ handlers: HANDLERS });
  const output = stub.program.replace(/ts$/, "js");
  const proto = join(import.meta.dirname, "proto", "grpc", "testing", "test.proto");
  const ended = await runProgram(
    [process.execPath, join(folder, "out", "stubs", output), server.address, proto],
    folder,
  );
  const error = ended.ok && ended.stdout.includes("ok") ? undefined : lastLine(ended.stderr) || "it printed no ok";
  tally.addStub({ ...row, types: "compiled", error });
}

const HANDLERS: NonNullable<Parameters<typeof StubServer.start>[0]>["handlers"] & object = {
  "/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace": (call) => {
    call.send(ORDERS_NAMESPACE);
    call.end();
  },
  "*": (call) => {
    call.send(new Uint8Array());
    call.end();
  },
};

/** The same layout as here: programs beside the folder with generated code. */
function writeProgram({ program }: Stub, folder: string): void {
  rmSync(join(folder, "program"), { recursive: true, force: true });
  cpSync(join(import.meta.dirname, "gen"), join(folder, "program", "gen"), { recursive: true });
  cpSync(join(import.meta.dirname, "stubs", program), join(folder, "program", "stubs", program));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ ...COMPILER, files: [`program/stubs/${program}`] }));
}
