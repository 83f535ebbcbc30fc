/** The HCL of one folder, by what its blocks are. Expressions are still text; `plan.ts` evaluates them. */

import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { parseFile } from "./parse-file.ts";

/** Attributes and nested blocks, as `@cdktn/hcl2json` gives them: a block is a list of bodies, an attribute is not. */
export type Body = { readonly [name: string]: Json };
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A block with labels: `resource "aws_lb" "grpc" {…}`, `variable "aws_region" {…}`. */
export interface Block {
  /** Such as `resource`, `data`, `module`. */
  readonly kind: string;
  /** Empty for kinds with one label. */
  readonly type: string;
  readonly name: string;
  readonly body: Body;
  /** Name of the file, for people. */
  readonly file: string;
}

export interface Configuration {
  readonly folder: string;
  readonly blocks: readonly Block[];
  /** All `locals` blocks in one. */
  readonly locals: Body;
  /** `terraform {…}` blocks. */
  readonly settings: readonly Body[];
}

const TYPED = new Set(["resource", "data", "ephemeral"]);
const NAMED = new Set(["variable", "output", "module", "provider", "check"]);

/**
 * Reads all `.tf` files of a folder, not those below it.
 * @throws Error with file and line for what is no HCL, and for a folder without any
 */
export async function readConfiguration(folder: string): Promise<Configuration> {
  const files = readdirSync(folder).filter((file) => file.endsWith(".tf"));
  if (files.length === 0) throw new Error(`${folder}: no .tf file`);
  const parsed = await Promise.all(files.toSorted().map((file) => readFile(join(folder, file))));
  return {
    folder,
    blocks: parsed.flatMap(({ file, json }) => blocksOf(file, json)),
    locals: Object.assign({}, ...parsed.flatMap(({ json }) => bodies(json["locals"]))) as Body,
    settings: parsed.flatMap(({ json }) => bodies(json["terraform"])),
  };
}

/** Blocks of one kind. */
export function blocksOfKind(configuration: Configuration, kind: string): readonly Block[] {
  return configuration.blocks.filter((block) => block.kind === kind);
}

/** `aws_lb.grpc`, `data.aws_region.this`, `var.name`. */
export function addressOf({ kind, type, name }: Pick<Block, "kind" | "type" | "name">): string {
  const prefix = kind === "variable" ? "var" : kind;
  return kind === "resource" ? `${type}.${name}` : [prefix, type, name].filter((part) => part !== "").join(".");
}

async function readFile(path: string): Promise<{ readonly file: string; readonly json: Body }> {
  return { file: basename(path), json: await parseFile(path) };
}

function blocksOf(file: string, json: Body): Block[] {
  return Object.entries(json).flatMap(([kind, labels]) => {
    if (TYPED.has(kind)) {
      return Object.entries(labels as Body).flatMap(([type, named]) => blocksNamed(kind, type, file, named));
    }
    return NAMED.has(kind) ? blocksNamed(kind, "", file, labels ?? {}) : [];
  });
}

function blocksNamed(kind: string, type: string, file: string, named: Json): Block[] {
  return Object.entries(named as Body).flatMap(([name, list]) =>
    bodies(list).map((body) => ({ kind, type, name, body, file })),
  );
}

/** The bodies of a block that may stand there several times. */
export function bodies(list: Json | undefined): readonly Body[] {
  return Array.isArray(list) ? (list as readonly Body[]) : [];
}

/** An attribute that is written as text, such as the `source` of a module; empty for anything else. */
export function textOf(json: Json | undefined): string {
  return typeof json === "string" ? json : "";
}
