import { Child } from "../process/child.ts";
import { unlessAborted } from "../process/interruption.ts";
import { type ExchangesResult, TRANSPORTS, together } from "./exchanges.ts";
import type { ExchangesArgument } from "./program.ts";

/** Each transport in a process of its own with its share of the exchanges: most of their time is CPU. */
export async function runInProcesses(
  exchanges: number,
  seed: number,
  interruption: AbortSignal,
): Promise<ExchangesResult> {
  const share = Math.ceil(exchanges / TRANSPORTS.length);
  await using children = new AsyncDisposableStack();
  const results = TRANSPORTS.map((transport, i) => {
    const argument: ExchangesArgument = { exchanges: share, seed: seed + i * share, transport };
    const child = new Child(`the exchanges over ${transport}`, "generated/program.ts", argument);
    return children.use(child).ask<ExchangesResult>({});
  });
  return (await unlessAborted(interruption, Promise.all(results))).reduce(together);
}
