import {
  count,
  type Environment,
  optional,
  readConfig,
  requireIdentity,
  type ServerConfig,
  serverConfigShape,
  url,
  variable,
} from "@agent-team/grpc-server";
import { type ModelConfig, modelConfigShape, requireKeys } from "@agent-team/language-models";
import { z } from "zod";
import { ApprovalLinks } from "./approval-links.ts";
import { AllowHosts } from "./http/allow-hosts.ts";
import { DEFAULT_OWNER_LIMITS, type OwnerLimits } from "./owner-limits.ts";
import { DEFAULT_LEASE_MS } from "./run-queue.ts";
import { Secrets } from "./secrets.ts";

export interface EngineConfig extends ServerConfig, ModelConfig {
  /**
   * Where people reach the gateway, such as https://api.example.com: the links of approvals begin with it. Default: none, and notices
   * have no link. Links need IDENTITY_SECRET, too.
   */
  readonly PUBLIC_URL: string | undefined;
  /**
   * Secrets that workflows use by name: `{"NAME": {"value": …, "hosts": ["api.example.com"], "owners": ["ada"]}}`. Default: none. Never logged.
   */
  readonly WORKFLOW_SECRETS: Secrets | undefined;
  /** The same in a file, which is read at the start. */
  readonly WORKFLOW_SECRETS_FILE: Secrets | undefined;
  /** Hosts that workflows may reach although their addresses are not public. Default: none. For local use. */
  readonly HTTP_ALLOW_HOSTS: AllowHosts;
  /** Workflows of one owner. Default 1,000; 1 to 100,000. */
  readonly MAX_WORKFLOWS_PER_OWNER: number;
  /** Mebibytes of all workflows of one owner. Default 16; 1 to 1,024. */
  readonly MAX_WORKFLOW_MIB_PER_OWNER: number;
  /** Runs of one owner, ended ones included. Default 10,000; 1 to 1,000,000. */
  readonly MAX_RUNS_PER_OWNER: number;
  /** Mebibytes of all runs of one owner. Default 48; 1 to 4,096. */
  readonly MAX_RUN_MIB_PER_OWNER: number;
  /** How long a run is kept after its end. Default 168, a week; 24 to 8,760, a year. */
  readonly RUN_RETENTION_HOURS: number;
  /** How long a run waits for its engine until another one continues it. Default 3,000; 300 to 60,000. The same on all engines. */
  readonly RUN_LEASE_MS: number;
}

const MIB: number = 1024 * 1024;
const HOUR_MS = 3_600_000;

const EXPECTED_HOSTS = "expected host or host:port, several separated by commas";

const EXPECTED_SECRETS =
  'expected {"NAME": {"value": "…", "hosts": ["api.example.com"], "owners": ["ada"]}}, with names such as GITHUB_TOKEN';

const schema = z.object({
  ...serverConfigShape({ defaultPort: 50050 }),
  ...modelConfigShape,
  MAX_WORKFLOWS_PER_OWNER: count({ min: 1, max: 100_000 }, DEFAULT_OWNER_LIMITS.maxWorkflows),
  MAX_WORKFLOW_MIB_PER_OWNER: count({ min: 1, max: 1024 }, DEFAULT_OWNER_LIMITS.maxWorkflowBytes / MIB),
  MAX_RUNS_PER_OWNER: count({ min: 1, max: 1_000_000 }, DEFAULT_OWNER_LIMITS.maxRuns),
  MAX_RUN_MIB_PER_OWNER: count({ min: 1, max: 4096 }, DEFAULT_OWNER_LIMITS.maxRunBytes / MIB),
  RUN_RETENTION_HOURS: count({ min: 24, max: 8760 }, DEFAULT_OWNER_LIMITS.runRetentionMs / HOUR_MS),
  RUN_LEASE_MS: count({ min: 300, max: 60_000 }, DEFAULT_LEASE_MS),
  PUBLIC_URL: optional(url(["http", "https"], "https://api.example.com")),
  WORKFLOW_SECRETS: optional(variable(EXPECTED_SECRETS, (text) => Secrets.parse(text))),
  WORKFLOW_SECRETS_FILE: optional(
    variable(`${EXPECTED_SECRETS}; in a file of this path`, (path) => Secrets.readFile(path)),
  ),
  HTTP_ALLOW_HOSTS: z
    .string()
    .optional()
    .transform((text, context) => {
      const hosts = text === undefined ? AllowHosts.none : AllowHosts.parse(text);
      if (hosts !== undefined) return hosts;
      context.issues.push({ code: "custom", message: EXPECTED_HOSTS, input: text });
      return z.NEVER;
    }),
});

/** @throws ConfigError with each wrong variable, its value and what is expected; production requires IDENTITY_SECRET, and a provider of models its key */
export function readEngineConfig(env: Environment): EngineConfig {
  return requireKeys(requireIdentity(readConfig(schema, env)));
}

/** The variable's, or those of the file. */
export function secretsOf({ WORKFLOW_SECRETS, WORKFLOW_SECRETS_FILE }: EngineConfig): Secrets {
  return WORKFLOW_SECRETS ?? WORKFLOW_SECRETS_FILE ?? Secrets.none;
}

/** Undefined without a public URL or a secret. */
export function approvalLinksOf({ PUBLIC_URL, IDENTITY_SECRET }: EngineConfig): ApprovalLinks | undefined {
  if (PUBLIC_URL === undefined || IDENTITY_SECRET === undefined) return undefined;
  return new ApprovalLinks({ secrets: IDENTITY_SECRET, publicUrl: PUBLIC_URL.replace(/\/+$/, "") });
}

export function ownerLimitsOf(config: EngineConfig): OwnerLimits {
  return {
    maxWorkflows: config.MAX_WORKFLOWS_PER_OWNER,
    maxWorkflowBytes: config.MAX_WORKFLOW_MIB_PER_OWNER * MIB,
    maxRuns: config.MAX_RUNS_PER_OWNER,
    maxRunBytes: config.MAX_RUN_MIB_PER_OWNER * MIB,
    runRetentionMs: config.RUN_RETENTION_HOURS * HOUR_MS,
  };
}
