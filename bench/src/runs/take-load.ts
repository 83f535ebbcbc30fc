/** Runs in a closed loop, and what they cost. */

/** Runs the same graph again and again, in processes of its own. */
export interface Runner {
  readonly nodes: number;
  /** Runs it once, to its end. @throws Error when the result is not right */
  run(): Promise<void>;
  /** CPU that its processes have used so far, in ms. */
  cpuMs(): number;
}

export interface Load {
  readonly cpuMicrosPerNode: number;
  readonly nodesPerSecond: number;
}

export async function takeLoad(
  runner: Runner,
  { runs, inFlight }: { readonly runs: number; readonly inFlight: number },
): Promise<Load> {
  const cpuBeforeMs = runner.cpuMs();
  const startedMs = performance.now();
  let begun = 0;
  const one = async (): Promise<void> => {
    while (begun++ < runs) await runner.run();
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  const seconds = (performance.now() - startedMs) / 1_000;
  const nodes = runs * runner.nodes;
  return { cpuMicrosPerNode: ((runner.cpuMs() - cpuBeforeMs) * 1_000) / nodes, nodesPerSecond: nodes / seconds };
}
