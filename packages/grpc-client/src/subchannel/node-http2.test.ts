import { describe } from "vitest";
import { NodeHttp2Transport } from "./node-http2.ts";
import { transportContract } from "./transport.contract.ts";

describe("NodeHttp2Transport", () => {
  transportContract((options, clock) => new NodeHttp2Transport(options, clock));
});
