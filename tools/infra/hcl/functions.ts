/** The functions of Terraform that `infra/` uses. One that is missing here is an error, so that it gets added. */

import { createHash } from "node:crypto";
import { cidrhost, cidrnetmask, cidrsubnet } from "./cidr.ts";
import { addressesIn, isKnown, isObject, JsonText, toPlain, toText, Unknown, type Value } from "./value.ts";

type TerraformFunction = (...args: readonly Value[]) => Value;

/** @throws Error when the function is not known, or its arguments make no sense */
export function callFunction(name: string, args: readonly Value[]): Value {
  const containers = CONTAINERS[name];
  if (containers === undefined && SCALARS[name] === undefined) throw new Error(`the function ${name}() is not known`);
  // What is in a container may be unknown, the container itself may not.
  const missing =
    containers === undefined ? args.find((arg) => !isKnown(arg)) : args.find((arg) => arg instanceof Unknown);
  if (missing !== undefined && !UNKNOWN_WELCOME.has(name)) return unknown(name, args);
  return (containers ?? SCALARS[name])?.(...args) ?? null;
}

const UNKNOWN_WELCOME: ReadonlySet<string> = new Set([
  "jsonencode",
  "coalesce",
  "format",
  "join",
  "sensitive",
  "nonsensitive",
  "tostring",
]);

function unknown(name: string, args: readonly Value[]): Unknown {
  return new Unknown(`${name}(${args.flatMap(addressesIn).join(", ")})`);
}

/** Those that move values around and need not know them. */
const CONTAINERS: Readonly<Record<string, TerraformFunction>> = {
  alltrue: (list) => items(list).every((each) => each === true || each instanceof Unknown),
  anytrue: (list) => items(list).some((each) => each === true),
  coalesce: (...args) => args.find((arg) => arg !== null && arg !== "") ?? null,
  coalescelist: (...args) => args.find((arg) => items(arg).length > 0) ?? [],
  compact: (list) => items(list).filter((each) => each !== null && each !== ""),
  concat: (...lists) => lists.flatMap(items),
  contains: (list, value) => items(list).some((each) => isSame(each, value)),
  distinct: (list) => distinct(items(list)),
  element: (list, index) => items(list).at(Number(index) % items(list).length) ?? null,
  flatten: (list) => flatten(items(list)),
  format: (pattern, ...args) => withHoles(format(toText(pattern ?? null), args), args),
  formatlist: (pattern, list) => items(list).map((each) => withHoles(format(text(pattern), [each]), [each])),
  join: (separator, list) =>
    list instanceof Unknown
      ? unknown("join", [list])
      : withHoles(
          items(list)
            .map(toText)
            .join(toText(separator ?? null)),
          items(list),
        ),
  jsonencode: (value) => new JsonText(value ?? null),
  keys: (map) => Object.keys(members(map)).toSorted(),
  length: (value) =>
    typeof value === "string" ? value.length : Array.isArray(value) ? value.length : Object.keys(members(value)).length,
  lookup: (map, key, otherwise) => members(map)[toText(key ?? null)] ?? otherwise ?? null,
  merge: (...maps) => Object.assign({}, ...maps.map((map) => (map === null ? {} : members(map)))) as Value,
  nonsensitive: (value) => value ?? null,
  one: (list) => items(list)[0] ?? null,
  range: (...bounds) => range(bounds.map(Number)),
  reverse: (list) => items(list).toReversed(),
  sensitive: (value) => value ?? null,
  setproduct: (...lists) => product(lists.map(items)),
  setsubtract: (from, what) => items(from).filter((each) => !items(what).some((other) => isSame(each, other))),
  setunion: (...lists) => distinct(lists.flatMap(items)),
  setintersection: (first, ...lists) =>
    items(first).filter((each) => lists.every((list) => items(list).some((other) => isSame(each, other)))),
  slice: (list, from, to) => items(list).slice(Number(from), Number(to)),
  // Nobody can sort what is not known, and there are as many afterwards.
  sort: (list) => (isKnown(items(list)) ? items(list).map(toText).toSorted() : items(list)),
  tolist: (value) => items(value),
  tomap: (value) => members(value),
  toset: (value) => distinct(items(value)),
  tostring: (value) => (value instanceof Unknown || value === null ? (value ?? null) : toText(value ?? null)),
  values: (map) =>
    Object.entries(members(map))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, value]) => value),
  zipmap: (keys, values) =>
    Object.fromEntries(items(keys).map((key, index) => [toText(key), items(values)[index] ?? null])),
};

/** Those that compute with what they get. */
const SCALARS: Readonly<Record<string, TerraformFunction>> = {
  // Another one at every run, so nobody knows it before the apply.
  uuid: () => new Unknown("uuid()"),
  abs: (value) => Math.abs(Number(value)),
  base64encode: (value) => Buffer.from(text(value)).toString("base64"),
  ceil: (value) => Math.ceil(Number(value)),
  cidrhost: (prefix, number) => cidrhost(text(prefix), Number(number)),
  cidrnetmask: (prefix) => cidrnetmask(text(prefix)),
  cidrsubnet: (prefix, bits, number) => cidrsubnet(text(prefix), Number(bits), Number(number)),
  endswith: (value, end) => text(value).endsWith(text(end)),
  floor: (value) => Math.floor(Number(value)),
  jsondecode: (value) => (value instanceof JsonText ? value.value : (JSON.parse(text(value)) as Value)),
  lower: (value) => text(value).toLowerCase(),
  max: (...values) => Math.max(...values.map(Number)),
  md5: (value) => createHash("md5").update(text(value)).digest("hex"),
  min: (...values) => Math.min(...values.map(Number)),
  regex: (pattern, value) => firstMatch(text(pattern), text(value)),
  regexall: (pattern, value) => [...text(value).matchAll(new RegExp(text(pattern), "g"))].map(([all]) => all),
  replace: (value, what, by) => text(value).replaceAll(pattern(text(what)), text(by)),
  sha1: (value) => createHash("sha1").update(text(value)).digest("hex"),
  sha256: (value) => createHash("sha256").update(text(value)).digest("hex"),
  split: (separator, value) => text(value).split(text(separator)),
  startswith: (value, start) => text(value).startsWith(text(start)),
  strcontains: (value, part) => text(value).includes(text(part)),
  substr: (value, from, length) =>
    text(value).slice(Number(from), Number(length) < 0 ? undefined : Number(from) + Number(length)),
  title: (value) => text(value).replaceAll(/\b\w/g, (letter) => letter.toUpperCase()),
  tobool: (value) => (value === null ? null : toText(value ?? null) === "true"),
  tonumber: (value) => (value === null ? null : Number(value)),
  trim: (value, what) =>
    text(value)
      .split(text(what))
      .filter((part) => part !== "")
      .join(text(what)),
  trimprefix: (value, start) =>
    text(value).startsWith(text(start)) ? text(value).slice(text(start).length) : text(value),
  trimspace: (value) => text(value).trim(),
  trimsuffix: (value, end) => (text(value).endsWith(text(end)) ? text(value).slice(0, -text(end).length) : text(value)),
  upper: (value) => text(value).toUpperCase(),
};

function text(value: Value | undefined): string {
  return toText(value ?? null);
}

function items(value: Value | undefined): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[];
  if (isObject(value)) return Object.values(value);
  throw new Error(`expected a list, got ${text(value)}`);
}

function members(value: Value | undefined): { readonly [name: string]: Value } {
  if (isObject(value)) return value;
  throw new Error(`expected a map, got ${text(value)}`);
}

function withHoles(result: string, from: readonly Value[]): Value {
  const holes = from.flatMap(addressesIn);
  return holes.length === 0 ? result : new Unknown(holes.join(" "), result);
}

function isSame(left: Value, right: Value | undefined): boolean {
  return JSON.stringify(identity(left)) === JSON.stringify(identity(right ?? null));
}

/** Two values that are not known yet are the same when they come from the same place. */
function identity(value: Value): unknown {
  return value instanceof Unknown ? { unknown: value.address } : toPlain(value);
}

function distinct(list: readonly Value[]): readonly Value[] {
  return list.filter((each, index) => list.findIndex((other) => isSame(each, other)) === index);
}

function flatten(list: readonly Value[]): readonly Value[] {
  return list.flatMap((each) => (Array.isArray(each) ? flatten(each) : [each]));
}

function product(lists: readonly (readonly Value[])[]): readonly (readonly Value[])[] {
  return lists.reduce<readonly (readonly Value[])[]>(
    (rows, list) => rows.flatMap((row) => list.map((each) => [...row, each])),
    [[]],
  );
}

function range([first = 0, second, step = 1]: readonly number[]): readonly number[] {
  const [from, to] = second === undefined ? [0, first] : [first, second];
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, index) => from + index * step);
}

/** `%s`, `%d`, `%02d`, `%q`, `%v` and `%%`. */
function format(pattern: string, args: readonly Value[]): string {
  const rest = [...args];
  return pattern.replaceAll(/%(0?)(\d*)([sdqvf%])/g, (_, zero: string, width: string, verb: string) => {
    if (verb === "%") return "%";
    const value = toText(rest.shift() ?? null);
    return (verb === "q" ? JSON.stringify(value) : value).padStart(Number(width), zero === "0" ? "0" : " ");
  });
}

/** `/…/` is a pattern, everything else is itself. */
function pattern(what: string): string | RegExp {
  return /^\/.*\/$/s.test(what) ? new RegExp(what.slice(1, -1), "g") : what;
}

/** @throws Error without a match, which `can()` asks for */
function firstMatch(pattern: string, value: string): Value {
  const match = new RegExp(pattern).exec(value);
  if (match === null) throw new Error(`${value} does not match ${pattern}`);
  if (match.groups !== undefined) return { ...match.groups };
  return match.length > 1 ? match.slice(1) : match[0];
}
