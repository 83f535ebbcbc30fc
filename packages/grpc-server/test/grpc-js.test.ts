// The server for programs of grpc-js keeps the contract of grpc-js's own.

import { describe } from "vitest";
import { grpcJsContract } from "./grpc-js.contract.ts";
import { GRPC_JS, OURS } from "./grpc-js-service.ts";

describe("the server of grpc-js", () => grpcJsContract(GRPC_JS));
describe("our server", () => grpcJsContract(OURS));
