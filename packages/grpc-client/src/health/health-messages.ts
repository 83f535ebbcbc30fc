/** The two messages of grpc.health.v1, by hand: they have one field each, and the client has no protobuf library. */

/** HealthCheckRequest: field 1 is the service. Empty: the server as a whole. */
export function encodeHealthRequest(service: string): Uint8Array {
  const name = new TextEncoder().encode(service);
  return name.length === 0 ? name : Uint8Array.of(0x0a, ...varint(name.length), ...name);
}

/** HealthCheckResponse: field 1, a varint, is the status; 1 is SERVING. */
export function isServing(response: Uint8Array): boolean {
  return response.length === 2 && response[0] === 0x08 && response[1] === 1;
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
