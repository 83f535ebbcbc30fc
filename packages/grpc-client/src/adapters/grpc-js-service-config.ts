/**
 * The part of a gRPC service config that is about methods: the longest time of a call, and whether it waits for an endpoint.
 * gRPC, "Service Config in gRPC". Its policies for balancing and retries have counterparts in the channel's options.
 */

import { invalidArgument } from "../errors.ts";

/** What a service config says about one method. */
export interface MethodRule {
  /** In ms; Infinity is no limit. A call's own deadline counts if it is earlier. */
  readonly timeoutMs: number;
  readonly waitForReady: boolean | undefined;
}

const NO_RULE: MethodRule = { timeoutMs: Infinity, waitForReady: undefined };

/** gRPC: a google.protobuf.Duration in JSON. */
const DURATION = /^(\d+(?:\.\d{1,9})?)s$/;

export class ServiceConfig {
  static readonly none: ServiceConfig = new ServiceConfig(new Map());

  /** By `/service/method`, by `/service/` for all methods of a service, and by the empty text for all others. */
  readonly #rules: ReadonlyMap<string, MethodRule>;

  private constructor(rules: ReadonlyMap<string, MethodRule>) {
    this.#rules = rules;
  }

  /** @throws ChannelError `invalid_argument` for a text that is no service config. */
  static parse(text: unknown): ServiceConfig {
    const rules = new Map<string, MethodRule>();
    for (const config of listOf(parseJson(text), "methodConfig")) {
      const rule = ruleOf(config);
      for (const name of listOf(config, "name")) {
        const key = keyOf(name);
        // "If multiple entries have the same name, the config is invalid".
        if (rules.has(key)) throw invalid(`each name once, and "${key}" is there twice`);
        rules.set(key, rule);
      }
    }
    return new ServiceConfig(rules);
  }

  ruleOf(path: string): MethodRule {
    if (this.#rules.size === 0) return NO_RULE;
    const service = path.slice(0, path.lastIndexOf("/") + 1);
    return this.#rules.get(path) ?? this.#rules.get(service) ?? this.#rules.get("") ?? NO_RULE;
  }
}

/**
 * The service whose health a service config asks clients to follow; undefined: none. gRFC A17: `healthCheckConfig.serviceName`.
 * @throws ChannelError `invalid_argument` for a text that is no service config.
 */
export function healthServiceOf(text: string): string | undefined {
  const config = memberOf(parseJson(text), "healthCheckConfig");
  if (config === undefined) return undefined;
  const service = memberOf(config, "serviceName") ?? "";
  if (typeof service !== "string") throw invalid("healthCheckConfig.serviceName as a text");
  return service;
}

function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(text as string);
  } catch {
    throw invalid("JSON");
  }
}

function ruleOf(config: unknown): MethodRule {
  const timeout = memberOf(config, "timeout");
  const waitForReady = memberOf(config, "waitForReady");
  if (waitForReady !== undefined && typeof waitForReady !== "boolean")
    throw invalid("waitForReady to be true or false");
  if (timeout === undefined) return { timeoutMs: Infinity, waitForReady };
  const seconds = typeof timeout === "string" ? DURATION.exec(timeout)?.[1] : undefined;
  if (seconds === undefined) throw invalid(`a timeout like "1.5s", and it is ${JSON.stringify(timeout)}`);
  return { timeoutMs: Number(seconds) * 1_000, waitForReady };
}

function keyOf(name: unknown): string {
  const [service, method] = [memberOf(name, "service") ?? "", memberOf(name, "method") ?? ""];
  if (typeof service !== "string" || typeof method !== "string") throw invalid("names of service and method as texts");
  if (service === "" && method !== "") throw invalid("a service for each method");
  return service === "" ? "" : `/${service}/${method}`;
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = memberOf(value, name) ?? [];
  if (!Array.isArray(list)) throw invalid(`${name} to be a list`);
  return list;
}

function memberOf(value: unknown, name: string): unknown {
  if (value === null || typeof value !== "object") throw invalid("an object");
  return (value as Readonly<Record<string, unknown>>)[name];
}

function invalid(expected: string): Error {
  return invalidArgument("serviceConfig", `a service config of gRPC as JSON: ${expected}`, "another text");
}
