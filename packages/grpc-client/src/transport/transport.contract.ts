/**
 * What every transport must do, against real servers on loopback: one suite for all implementations.
 * Time is a fake clock, so that nothing here waits for a deadline; everything else is waited for as it happens.
 */

import { afterEach, beforeEach } from "vitest";
import { TransportBench } from "../../test/support/transport-bench.ts";
import type { CreateTransport } from "../transport.ts";
import { callsContract } from "./transport-calls.contract.ts";
import { connectionsContract } from "./transport-connections.contract.ts";
import { failuresContract } from "./transport-failures.contract.ts";
import { headersContract } from "./transport-headers.contract.ts";
import { responsesContract } from "./transport-responses.contract.ts";

/** With `tls` the servers of the suite speak TLS; peers that speak no HTTP/2 at all stay in plaintext. */
export function transportContract(create: CreateTransport, security: "plaintext" | "tls" = "plaintext"): void {
  const bench = new TransportBench(create, security);
  beforeEach(() => bench.start());
  afterEach(() => bench.stop());
  connectionsContract(bench);
  callsContract(bench);
  responsesContract(bench);
  headersContract(bench);
  failuresContract(bench);
}
