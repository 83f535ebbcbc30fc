/**
 * The command line of the probe in the syntax of Go's `flag` package, because scripts and task definitions are written for
 * the original probe: one dash or two, `-flag=value` or `-flag value`, a switch alone or with `=false`.
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

/** The values that Go's strconv.ParseBool accepts. */
const GO_TRUE: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const GO_FALSE: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** The given values by flag. A list flag can have several; a switch has `true` or `false`. */
export type Flags = ReadonlyMap<FlagName, readonly string[]>;

/** @throws FlagError for an unknown flag, a flag without its value, and an argument that is not a flag */
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
