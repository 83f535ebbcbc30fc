/**
 * What Terraform creates before a resource: what its expressions name, through locals too, what `depends_on` lists, and
 * what these wait for in turn. Everything else it creates at the same time. It knows blocks here and no instances.
 */

import { addressOf, type Block, blocksOfKind, type Configuration, type Json } from "./configuration.ts";
import { pathsIn } from "./uses.ts";

/** Addresses of resources: `aws_lb_listener.grpc`. */
export function dependenciesOf(block: Block, configuration: Configuration): ReadonlySet<string> {
  const bodyOf = bodiesByAddress(configuration);
  const seen = new Set<string>();
  const waiting: Json[] = [block.body];
  for (let json = waiting.pop(); json !== undefined; json = waiting.pop()) {
    for (const address of addressesIn(json).filter((each) => !seen.has(each))) {
      const next = bodyOf.get(address);
      if (next === undefined) continue;
      seen.add(address);
      waiting.push(next);
    }
  }
  return new Set([...seen].filter((address) => !address.startsWith("local.")));
}

function addressesIn(json: Json): readonly string[] {
  return pathsIn(json).map((path) => path.slice(0, 2).join("."));
}

/** What can be waited for: variables and data sources of ours wait for nothing. */
function bodiesByAddress(configuration: Configuration): ReadonlyMap<string, Json> {
  const resources = blocksOfKind(configuration, "resource").map((block) => [addressOf(block), block.body] as const);
  const locals = Object.entries(configuration.locals).map(([name, json]) => [`local.${name}`, json] as const);
  return new Map<string, Json>([...resources, ...locals]);
}
