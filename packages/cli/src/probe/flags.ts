/**
 * The command line of the probe, in Go's manner, because scripts and task definitions are written for the original:
 * one dash or two, `-flag=value` or `-flag value`, a switch alone or with `=false`.
 */

import { FlagError } from "./flag-error.ts";

type Kind = "text" | "switch" | "list";

export type FlagName =
  | "addr"
  | "service"
  | "user-agent"
  | "connect-timeout"
  | "rpc-timeout"
  | "rpc-header"
  | "tls"
  | "tls-no-verify"
  | "tls-ca-cert"
  | "tls-client-cert"
  | "tls-client-key"
  | "tls-server-name"
  | "v"
  | "h"
  | "help";

const KINDS: Readonly<Record<FlagName, Kind>> = {
  addr: "text",
  service: "text",
  "user-agent": "text",
  "connect-timeout": "text",
  "rpc-timeout": "text",
  "rpc-header": "list",
  tls: "switch",
  "tls-no-verify": "switch",
  "tls-ca-cert": "text",
  "tls-client-cert": "text",
  "tls-client-key": "text",
  "tls-server-name": "text",
  v: "switch",
  h: "switch",
  help: "switch",
};

/** What Go's strconv.ParseBool takes. */
const GO_TRUE: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const GO_FALSE: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** What was given, by name; a list flag may be given more than once. A switch that is on has the value `true`. */
export type Flags = ReadonlyMap<FlagName, readonly string[]>;

/** @throws FlagError for a flag that is unknown or lacks its value, and for a word that is no flag. */
export function parseFlags(args: readonly string[]): Flags {
  const flags = new Map<FlagName, readonly string[]>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name, given] = /^--?([a-z][a-z-]*)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) throw new FlagError(`unexpected argument ${JSON.stringify(arg)}`);
    if (!isFlagName(name)) throw new FlagError(`unknown flag -${name}`);
    const value = KINDS[name] === "switch" ? switchValue(name, given) : (given ?? rest.shift());
    if (value === undefined) throw new FlagError(`-${name}: expected a value`);
    flags.set(name, KINDS[name] === "list" ? [...(flags.get(name) ?? []), value] : [value]);
  }
  return flags;
}

function isFlagName(name: string): name is FlagName {
  return Object.hasOwn(KINDS, name);
}

function switchValue(name: FlagName, given = "true"): string {
  if (GO_TRUE.has(given)) return "true";
  if (GO_FALSE.has(given)) return "false";
  throw new FlagError(`-${name}=${given}: expected true or false`);
}
