/** A process with generated exchanges over one transport. */

import type { TransportKind } from "@agent-team/grpc-client";
import { answerParent, argumentOf } from "../process/answer.ts";
import { runExchanges } from "./exchanges.ts";

export interface ExchangesArgument {
  readonly exchanges: number;
  readonly seed: number;
  readonly transport: TransportKind;
}

const { exchanges, seed, transport } = argumentOf<ExchangesArgument>();

answerParent(() => runExchanges(exchanges, seed, [transport]));
