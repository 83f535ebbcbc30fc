/** By which address the gateway counts callers without a subject: one that a load balancer of AWS has written, and no client. */

import { balancersOf } from "../network/balancers.ts";
import { servicesOf } from "../network/tasks.ts";
import type { Region } from "../state/region.ts";
import { compare, type Findings } from "./findings.ts";

export function* checkTrustedHops(region: Region): Findings {
  const balancers = balancersOf(region).filter(({ kind }) => kind === "application");
  for (const { instance: balancer, targets } of balancers) {
    yield* compare(
      balancer.address,
      balancer,
      { xff_header_processing_mode: "append" },
      "TRUSTED_HOPS counts the entry that it appends",
    );
    const groups = targets.map(({ instance }) => instance.address);
    const behind = servicesOf(region).filter((service) => service.targets.some(({ group }) => groups.includes(group)));
    if (behind.length === 0) yield `${balancer.address}: no service is behind it`;
    for (const { name, container } of behind) {
      const hops = Number(container.environment["TRUSTED_HOPS"] ?? 0);
      if (!(hops >= 1))
        yield `${name}: TRUSTED_HOPS is ${hops}: expected 1 or more behind ${balancer.address}: all clients would share its addresses' limit`;
    }
  }
}
