import { readFileSync } from "node:fs";
import { type Address, parseAddress } from "./address.ts";
import { parseDuration } from "./duration.ts";
import { FlagError } from "./flag-error.ts";
import { type FlagName, type Flags, parseFlags } from "./flags.ts";

/** Address, request and timeouts of a probe. */
export interface ProbeOptions {
  readonly address: Address;
  /** The service in the request; empty for the server as a whole. */
  readonly service: string;
  readonly userAgent: string;
  /** For TCP, TLS and the peer's SETTINGS together. */
  readonly connectTimeoutMs: number;
  /** From the request to the end of the response. */
  readonly rpcTimeoutMs: number;
  /** Metadata of the request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: ProbeTls | undefined;
  /** Logs the time of each step. */
  readonly verbose: boolean;
}

/** The contents of PEM files. */
interface ProbeTls {
  readonly verify: boolean;
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly serverName: string | undefined;
}

/** The longest timer of Node, 24 days; a longer one fires at once. */
const MAX_TIMEOUT_MS = 2_147_483_647;

/** Flags that need another one, or exclude it. */
const RULES: readonly (readonly [flag: FlagName, word: "needs" | "excludes", other: FlagName])[] = [
  ["tls-no-verify", "needs", "tls"],
  ["tls-ca-cert", "needs", "tls"],
  ["tls-client-cert", "needs", "tls"],
  ["tls-server-name", "needs", "tls"],
  ["tls-client-cert", "needs", "tls-client-key"],
  ["tls-client-key", "needs", "tls-client-cert"],
  ["tls-no-verify", "excludes", "tls-ca-cert"],
  ["tls-no-verify", "excludes", "tls-server-name"],
];

/** Of the value of a flag that names a variable of the environment. */
const VARIABLE = "env:";

/** @throws FlagError for an invalid command line, and for a certificate file that cannot be read */
export function parseProbeOptions(args: readonly string[]): ProbeOptions | "help" {
  const flags = parseFlags(args);
  if (isOn(flags, "h") || isOn(flags, "help")) return "help";
  for (const [flag, word, other] of RULES) {
    if (isGiven(flags, flag) && isGiven(flags, other) !== (word === "needs")) {
      throw new FlagError(`-${flag} ${word === "needs" ? "needs" : "cannot be with"} -${other}`);
    }
  }
  return {
    address: parseAddress(textOf(flags, "addr")),
    service: textOf(flags, "service") ?? "",
    userAgent: textOf(flags, "user-agent") ?? "grpc_health_probe",
    connectTimeoutMs: timeoutOf(flags, "connect-timeout"),
    rpcTimeoutMs: timeoutOf(flags, "rpc-timeout"),
    headers: Object.fromEntries((flags.get("rpc-header") ?? []).map(parseHeader)),
    tls: isOn(flags, "tls") ? tlsOf(flags) : undefined,
    verbose: isOn(flags, "v"),
  };
}

function tlsOf(flags: Flags): ProbeTls {
  return {
    verify: !isOn(flags, "tls-no-verify"),
    ca: pemOf(flags, "tls-ca-cert"),
    cert: pemOf(flags, "tls-client-cert"),
    key: pemOf(flags, "tls-client-key"),
    serverName: textOf(flags, "tls-server-name"),
  };
}

function isGiven(flags: Flags, name: FlagName): boolean {
  return (flags.get(name)?.[0] ?? "false") !== "false";
}

function isOn(flags: Flags, name: FlagName): boolean {
  return flags.get(name)?.[0] === "true";
}

function textOf(flags: Flags, name: FlagName): string | undefined {
  return flags.get(name)?.[0];
}

function timeoutOf(flags: Flags, name: FlagName): number {
  const text = textOf(flags, name) ?? "1s";
  const timeoutMs = parseDuration(text);
  if (timeoutMs === undefined) throw new FlagError(`-${name}=${text}: expected a duration above zero, such as 250ms`);
  return Math.min(timeoutMs, MAX_TIMEOUT_MS);
}

function parseHeader(text: string): [name: string, value: string] {
  const [, name, value] = /^\s*([\w.-]+)\s*:\s*(.*?)\s*$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new FlagError(`-rpc-header=${text}: expected name: value`);
  return [name.toLowerCase(), value];
}

/** The content of a PEM file, or of a variable of the environment: ECS passes certificates as secrets, not as files. */
function pemOf(flags: Flags, name: FlagName): Buffer | undefined {
  const path = textOf(flags, name);
  if (path === undefined) return undefined;
  if (path.startsWith(VARIABLE)) return variableOf(name, path.slice(VARIABLE.length));
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new FlagError(`-${name}=${path}: expected a PEM file that can be read, got ${String(cause)}`, { cause });
  }
}

function variableOf(flag: FlagName, name: string): Buffer {
  const text = process.env[name];
  if (text) return Buffer.from(text);
  throw new FlagError(`-${flag}=${VARIABLE}${name}: expected PEM in the variable ${name}, which is not set`);
}
