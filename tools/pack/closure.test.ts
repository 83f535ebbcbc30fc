import { expect, test } from "vitest";
import { closureOf } from "./closure.ts";
import type { Lockfile } from "./lockfile.ts";

const needs = (...names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, "1.0.0"]));

const WORKSPACES: Lockfile = {
  "node_modules/@our/lib": { resolved: "packages/lib", link: true },
  "packages/lib": { dependencies: needs("a") },
  "node_modules/a": { dependencies: needs("b") },
  "node_modules/b": {},
  "node_modules/vitest": {},
};

test("the closure is the dependencies and their dependencies", () => {
  expect(closureOf("services/s", { ...WORKSPACES, "services/s": { dependencies: needs("@our/lib") } })).toEqual([
    { from: "packages/lib", to: "node_modules/@our/lib", kind: "workspace" },
    { from: "node_modules/a", to: "node_modules/a", kind: "registry" },
    { from: "node_modules/b", to: "node_modules/b", kind: "registry" },
  ]);
});

test("a package with another version of a dependency keeps it in its own node_modules", () => {
  const lockfile: Lockfile = {
    ...WORKSPACES,
    "services/s": { dependencies: needs("@our/lib", "b", "c") },
    "packages/lib/node_modules/a": {},
    "services/s/node_modules/c": {},
    "node_modules/b": { dependencies: needs("d") },
    "node_modules/b/node_modules/d": {},
  };
  expect(closureOf("services/s", lockfile).map(({ from, to }) => `${from} -> ${to}`)).toEqual([
    "packages/lib -> node_modules/@our/lib",
    "packages/lib/node_modules/a -> node_modules/@our/lib/node_modules/a",
    "node_modules/b -> node_modules/b",
    "node_modules/b/node_modules/d -> node_modules/b/node_modules/d",
    "services/s/node_modules/c -> node_modules/c",
  ]);
});

test("peers come along unless they are optional, and an optional package unless it is not installed", () => {
  const lockfile: Lockfile = {
    "services/s": { dependencies: needs("a"), optionalDependencies: needs("here", "elsewhere") },
    "node_modules/a": { peerDependencies: needs("b", "c"), peerDependenciesMeta: { c: { optional: true } } },
    "node_modules/b": {},
    "node_modules/c": {},
    "node_modules/here": {},
  };
  expect(closureOf("services/s", lockfile).map(({ to }) => to)).toEqual([
    "node_modules/a",
    "node_modules/b",
    "node_modules/here",
  ]);
});

test("packages that need each other are taken once, and types never", () => {
  const lockfile: Lockfile = {
    "services/s": { dependencies: needs("a") },
    "node_modules/a": { dependencies: needs("b", "@types/node") },
    "node_modules/b": { dependencies: needs("a") },
    "node_modules/@types/node": {},
  };
  expect(closureOf("services/s", lockfile)).toHaveLength(2);
});

test("what cannot be copied is an error that names it", () => {
  expect(() => closureOf("services/s", { "services/s": { dependencies: needs("gone") } })).toThrow(
    "services/s needs gone, which package-lock.json does not have",
  );
  const twoVersions: Lockfile = {
    ...WORKSPACES,
    "services/s": { dependencies: needs("@our/lib", "b") },
    "services/s/node_modules/b": {},
  };
  expect(() => closureOf("services/s", twoVersions)).toThrow(
    "node_modules/b and services/s/node_modules/b would both be node_modules/b: align their versions",
  );
});
