import type { ClientName, FaultClientFactory } from "./client.ts";

/** A process loads one client only, so that the libraries do not share a heap. */
export const FACTORIES: Readonly<Record<ClientName, () => Promise<FaultClientFactory>>> = {
  ours: async () => (await import("./ours.ts")).createOurClient,
  "ours over node:http2": async () => (await import("./ours.ts")).createOverNodeHttp2,
  "grpc-js pick_first": () => grpcJs("PICK_FIRST"),
  "grpc-js round_robin": () => grpcJs("ROUND_ROBIN"),
  "grpc-js tuned": () => grpcJs("TUNED"),
};

async function grpcJs(options: "PICK_FIRST" | "ROUND_ROBIN" | "TUNED"): Promise<FaultClientFactory> {
  const module = await import("./grpc-js.ts");
  return (place) => module.createGrpcJsClient(place, module[options]);
}

/** For the report: what each client was given. */
export async function configurations(): Promise<Readonly<Record<ClientName, object>>> {
  const [{ OUR_OPTIONS, OVER_NODE_HTTP2 }, { PICK_FIRST, ROUND_ROBIN, TUNED }] = await Promise.all([
    import("./ours.ts"),
    import("./grpc-js.ts"),
  ]);
  return {
    ours: OUR_OPTIONS,
    "ours over node:http2": OVER_NODE_HTTP2,
    "grpc-js pick_first": PICK_FIRST,
    "grpc-js round_robin": ROUND_ROBIN,
    "grpc-js tuned": TUNED,
  };
}
