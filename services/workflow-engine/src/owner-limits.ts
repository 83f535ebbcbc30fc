/** How much one owner may store, and for how long. */
export interface OwnerLimits {
  /** Workflows of one owner. Default 1,000. */
  readonly maxWorkflows: number;
  /** Bytes of all workflows of one owner, as they are stored. Default 16 MiB. */
  readonly maxWorkflowBytes: number;
  /** Runs of one owner, ended ones included. Default 10,000. */
  readonly maxRuns: number;
  /** Bytes of all runs of one owner, as they are stored. Checked when a run starts; running ones may pass it. Default 48 MiB. */
  readonly maxRunBytes: number;
  /** How long a run is kept after its end. Default 7 days; 1 day to 1 year. */
  readonly runRetentionMs: number;
}

const HOUR_MS = 3_600_000;
const MIB: number = 1024 * 1024;

export const DEFAULT_OWNER_LIMITS: OwnerLimits = {
  maxWorkflows: 1000,
  maxWorkflowBytes: 16 * MIB,
  maxRuns: 10_000,
  maxRunBytes: 48 * MIB,
  runRetentionMs: 7 * 24 * HOUR_MS,
};
