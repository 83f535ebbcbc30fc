import { Code, ConnectError } from "@connectrpc/connect";

/**
 * A field that a service always sends. proto3 lets every message field be absent; here an absent one is a fault of the
 * service.
 * @throws ConnectError INTERNAL
 */
export function required<T>(value: T | undefined, field: string): T {
  if (value !== undefined) return value;
  throw new ConnectError(`the service answered without ${field}`, Code.Internal);
}
