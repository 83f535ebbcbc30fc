/** `cidrsubnet("10.0.0.0/16", 8, 10)` is 10.0.10.0/24. */
export function cidrsubnet(prefix: string, newBits: number, number: number): string {
  const { base, bits } = parseCidr(prefix);
  const length = bits + newBits;
  if (length > 32 || number >= 2 ** newBits)
    throw new Error(`cidrsubnet(${prefix}, ${newBits}, ${number}) does not fit`);
  return `${toAddress(base + number * 2 ** (32 - length))}/${length}`;
}

/** `cidrhost("10.0.0.0/16", 2)` is 10.0.0.2. */
export function cidrhost(prefix: string, number: number): string {
  return toAddress(parseCidr(prefix).base + number);
}

/** `cidrnetmask("10.0.0.0/16")` is 255.255.0.0. */
export function cidrnetmask(prefix: string): string {
  return toAddress(2 ** 32 - 2 ** (32 - parseCidr(prefix).bits));
}

/** Whether two blocks have an address in common: then one of them holds the other. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [parseCidr(one), parseCidr(other)];
  const size = 2 ** (32 - Math.min(a.bits, b.bits));
  return Math.floor(a.base / size) === Math.floor(b.base / size);
}

function parseCidr(text: string): { readonly base: number; readonly bits: number } {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text);
  const [a = 256, b = 256, c = 256, d = 256, bits = 33] = (match ?? []).slice(1).map(Number);
  if (Math.max(a, b, c, d) > 255 || bits > 32) throw new Error(`expected a CIDR block of IPv4, got "${text}"`);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return { base: address - (address % 2 ** (32 - bits)), bits };
}

function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}
