/** The availability zone of an address, from its subnet: each subnet lies in one zone, and DNS carries no zones. */

import { isIpv4Address, type Parsed } from "@agent-team/foundation/host-port";

const EXPECTED = "expected CIDR=zone[,CIDR=zone…], as in 10.0.10.0/24=us-east-1a";

interface Subnet {
  readonly network: number;
  readonly mask: number;
  readonly zone: string;
}

/** `ZONE_CIDRS`: IPv4 subnets and their zones. */
export class ZoneMap {
  static readonly empty: ZoneMap = new ZoneMap([]);

  /** Narrowest first, so that an exception inside a wider subnet is found before it. */
  readonly #subnets: readonly Subnet[];

  private constructor(subnets: readonly Subnet[]) {
    this.#subnets = subnets.toSorted((a, b) => (b.mask >>> 0) - (a.mask >>> 0));
  }

  static parse(text: string): Parsed<ZoneMap> {
    const subnets: Subnet[] = [];
    for (const entry of text.split(",")) {
      const subnet = parseSubnet(entry.trim());
      if (subnet === undefined) return { error: `${EXPECTED}; cannot read "${entry.trim()}"` };
      subnets.push(subnet);
    }
    return { value: new ZoneMap(subnets) };
  }

  /** `undefined`: in none of the subnets, or not an IPv4 address. */
  zoneOf(address: string): string | undefined {
    if (!isIpv4Address(address)) return undefined;
    const bits = addressBits(address);
    return this.#subnets.find(({ network, mask }) => (bits & mask) === network)?.zone;
  }
}

function parseSubnet(text: string): Subnet | undefined {
  const [, address = "", prefix = "", zone = ""] = /^([\d.]+)\/(\d{1,2})=([a-z0-9-]+)$/i.exec(text) ?? [];
  const length = Number(prefix);
  if (!isIpv4Address(address) || length > 32) return undefined;
  const mask = maskOf(length);
  // Bits after the prefix are most likely a mistake: 10.0.10.7/24 is the address of a host, not of a subnet.
  return (addressBits(address) & ~mask) === 0 ? { network: addressBits(address) & mask, mask, zone } : undefined;
}

/** Shifting by 32 shifts by 0 in JavaScript, so /0 is a case of its own. */
function maskOf(length: number): number {
  return length === 0 ? 0 : -1 << (32 - length);
}

function addressBits(address: string): number {
  return address.split(".").reduce((bits, octet) => (bits << 8) | Number(octet), 0);
}
