// The image's rules, read from the Dockerfile: there is not a Docker on every machine.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../check/tool.ts";

interface Instruction {
  readonly name: string;
  readonly value: string;
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

function withoutComments(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

const instructions: readonly Instruction[] = withoutComments(read("Dockerfile")).map((line) => {
  const [name = "", ...value] = line.split(" ");
  return { name, value: value.join(" ") };
});

function valuesOf(name: string): readonly string[] {
  return instructions.filter((instruction) => instruction.name === name).map(({ value }) => value);
}

test("the base is the slim image of the Node that the tests ran on, by tag for people and by digest for Docker", () => {
  const { devDependencies } = JSON.parse(read("package.json")) as { devDependencies: { node: string } };
  const [base, ...others] = valuesOf("FROM");
  expect(others).toEqual([]);
  expect(base).toMatch(/^node:[\d.]+-slim@sha256:[0-9a-f]{64}$/);
  expect(base?.split("@")[0]).toBe(`node:${devDependencies.node}-slim`);
});

test("it holds one deploy folder and nothing else, and runs nothing while it is built", () => {
  expect(valuesOf("COPY")).toEqual(["dist/deploy/${SERVICE}/package.json ./", "dist/deploy/${SERVICE}/ ./"]);
  expect(valuesOf("ADD")).toEqual([]);
  expect(valuesOf("RUN")).toEqual([]);
  expect(withoutComments(read(".dockerignore"))).toEqual(["*", "!dist/deploy/**"]);
});

test("it is no root's, and signals reach the service", () => {
  expect(valuesOf("USER")).toEqual(["1000"]);
  expect(valuesOf("ENTRYPOINT").map((value) => JSON.parse(value) as unknown)).toEqual([["node", "dist/main.js"]]);
  expect(valuesOf("CMD")).toEqual([]);
});

test("the health check of the documents works by its name alone", () => {
  expect(valuesOf("WORKDIR")).toEqual(["/app"]);
  expect(valuesOf("ENV")).toEqual(["PATH=/app/bin:$PATH"]);
});

test("it names no secret, no environment and no port: those are the task definition's", () => {
  expect(valuesOf("ARG")).toEqual(["SERVICE"]);
  expect(valuesOf("EXPOSE")).toEqual([]);
});
