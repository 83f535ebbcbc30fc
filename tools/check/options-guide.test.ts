import { expect, test } from "vitest";
import { chapterOf, optionsOf } from "./options-guide.ts";

const interfaceOf = (...members: readonly string[]): string =>
  ["export interface Options {", ...members.map((member) => `  ${member}`), "}", "export const other = 1;"].join("\n");

test("default, range and gRPC's name are taken out of a docstring, and the rest is the effect", () => {
  const source = interfaceOf(
    "/**",
    " * How long a connection may take, in ms. Default 3,000; 100 to 60,000 (a minute). It acts on each connection.",
    " * gRPC: GRPC_ARG_X, or `a.b`.",
    " */",
    "readonly timeoutMs?: number | undefined;",
    "/** Default: the zone of the task; outside of ECS none. */",
    "readonly zone?: string | undefined;",
  );
  expect(optionsOf(source, "Options")).toEqual([
    {
      name: "timeoutMs",
      effect: "How long a connection may take, in ms. It acts on each connection.",
      default: "3,000",
      range: "100 to 60,000 (a minute)",
      grpcName: "GRPC_ARG_X, or `a.b`",
    },
    { name: "zone", effect: "", default: "the zone of the task; outside of ECS none", range: "", grpcName: "" },
  ]);
});

test("a default may have a reason before its range", () => {
  const source = interfaceOf("/** Default Infinity (no limit); 1 or more. */", "readonly idleMs?: number;");
  expect(optionsOf(source, "Options")).toMatchObject([{ default: "Infinity (no limit)", range: "1 or more" }]);
  const long = interfaceOf(
    "/** Default 5,000, because it would load a server; 100 to 60,000. */",
    "readonly a?: number;",
  );
  expect(optionsOf(long, "Options")).toMatchObject([
    { default: "5,000, because it would load a server", range: "100 to 60,000" },
  ]);
});

test("an option without a docstring or a default is an error that names it", () => {
  expect(() => optionsOf(interfaceOf("readonly a?: number;"), "Options")).toThrow("the option a has no docstring");
  expect(() => optionsOf(interfaceOf("/** What it does. */", "readonly b?: number;"), "Options")).toThrow(
    'the docstring of the option b has no "Default …"',
  );
  expect(() => optionsOf("", "Options")).toThrow("expected an interface Options");
});

test("a chapter is a table and the effects below", () => {
  const option = { name: "a", effect: "What it does.", default: "1", range: "1 to 2", grpcName: "X" };
  expect(chapterOf("Of a thing", [option])).toBe(
    "## Of a thing\n\n| option | default | range | gRPC's name |\n|---|---|---|---|\n| `a` | 1 | 1 to 2 | X |\n\n- **`a`** What it does.\n",
  );
});
