/** The figures of a run. Each has a direction, so that figures of two policies can be compared. */

export type MeasureName =
  | "p50Ms"
  | "p99Ms"
  | "errorRatio"
  | "errors"
  | "recoveryMs"
  | "faultyRatio"
  | "skew"
  | "attemptsPerCall"
  | "ejections"
  | "remoteRatio"
  | "newHostsRatio"
  | "unfinishedRatio"
  | "churnPerHour"
  | "listedRatio"
  | "laterFaultyRatio";

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
  errors: { title: "failed calls", better: "lower", unit: "number" },
  recoveryMs: { title: "last failure after healing", better: "lower", unit: "ms" },
  faultyRatio: { title: "attempts on faulty hosts", better: "lower", unit: "share" },
  skew: { title: "skew", better: "lower", unit: "number" },
  attemptsPerCall: { title: "attempts per call", better: "lower", unit: "number" },
  ejections: { title: "ejections", better: "lower", unit: "number" },
  remoteRatio: { title: "calls to other zones", better: "lower", unit: "share" },
  newHostsRatio: { title: "share of new hosts ÷ fair", better: "higher", unit: "number" },
  unfinishedRatio: { title: "unfinished", better: "lower", unit: "share" },
  churnPerHour: { title: "removals per hour ÷ hosts", better: "lower", unit: "share" },
  listedRatio: { title: "tasks listed after 5 min", better: "higher", unit: "share" },
  laterFaultyRatio: { title: "on faulty hosts after 1 s", better: "lower", unit: "share" },
};
