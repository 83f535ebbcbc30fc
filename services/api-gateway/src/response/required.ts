import { Code, ConnectError } from "@connectrpc/connect";

/**
 * A field that a service's answer always has. proto3 lets every message field be absent; here its absence is a fault
 * of the service, and its caller is told so.
 */
export function required<T>(value: T | undefined, field: string): T {
  if (value !== undefined) return value;
  throw new ConnectError(`the service answered without ${field}`, Code.Internal);
}
