/** The figures of a run. Each has a direction, so that figures of two policies can be compared. */

export type MeasureName =
  | "p50Ms"
  | "p99Ms"
  | "errorRatio"
  | "faultyRatio"
  | "skew"
  | "attemptsPerCall"
  | "ejections"
  | "remoteRatio"
  | "newHostsRatio"
  | "unfinishedRatio"
  | "churnPerHour"
  | "seenAllMs";

export type Measures = Readonly<Partial<Record<MeasureName, number>>>;

interface MeasureInfo {
  readonly title: string;
  readonly better: "lower" | "higher";
  readonly unit: "ms" | "share" | "number";
}

export const MEASURES: Readonly<Record<MeasureName, MeasureInfo>> = {
  p50Ms: { title: "p50", better: "lower", unit: "ms" },
  p99Ms: { title: "p99", better: "lower", unit: "ms" },
  errorRatio: { title: "failed calls", better: "lower", unit: "share" },
  faultyRatio: { title: "attempts on faulty hosts", better: "lower", unit: "share" },
  skew: { title: "skew", better: "lower", unit: "number" },
  attemptsPerCall: { title: "attempts per call", better: "lower", unit: "number" },
  ejections: { title: "ejections", better: "lower", unit: "number" },
  remoteRatio: { title: "calls to other zones", better: "lower", unit: "share" },
  newHostsRatio: { title: "share of new hosts ÷ fair", better: "higher", unit: "number" },
  unfinishedRatio: { title: "unfinished", better: "lower", unit: "share" },
  churnPerHour: { title: "removals per hour ÷ hosts", better: "lower", unit: "share" },
  seenAllMs: { title: "99 % seen after", better: "lower", unit: "ms" },
};
