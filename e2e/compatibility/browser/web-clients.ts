/** The ways by which a page calls: a client and its protocol. */
export const WEB_CLIENTS = [
  "connect-web, Connect",
  "connect-web, Connect with JSON",
  "connect-web, gRPC-Web",
  "grpc-web, gRPC-Web text",
] as const;

export type WebClientName = (typeof WEB_CLIENTS)[number];
