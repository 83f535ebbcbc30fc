import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { HostPort } from "../host-port.ts";

/** Where a running cloud is. */
export interface CloudRecord {
  readonly name: string;
  /** Of the process that is the cloud. */
  readonly pid: number;
  readonly apiUrl: string;
  readonly dnsServer: HostPort;
  readonly region: string;
}

/** Writes what a running cloud leaves for other programs. Returns what takes it away again. */
export function writeState(folder: string, record: CloudRecord, outputs: Readonly<Record<string, string>>): () => void {
  const files = filesOf(folder);
  mkdirSync(dirname(files.terraform), { recursive: true });
  writeFileSync(files.terraform, terraformState(outputs));
  writeFileSync(files.cloud, `${JSON.stringify(record, undefined, 2)}\n`);
  return () => {
    // Another cloud has taken the folder over meanwhile.
    if (readState(folder)?.pid !== record.pid) return;
    rmSync(files.cloud, { force: true });
    rmSync(dirname(files.terraform), { recursive: true, force: true });
  };
}

/** What a cloud left there, which may be dead by now. Undefined when there is nothing that can be read. */
export function readState(folder: string): CloudRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(filesOf(folder).cloud, "utf8")) as Partial<CloudRecord>;
    const { name, pid, apiUrl, dnsServer, region } = record;
    if (!name || !pid || !apiUrl || !dnsServer || !region) return undefined;
    return { name, pid, apiUrl, dnsServer, region };
  } catch {
    return undefined; // it is not there, or cut short: both are no cloud
  }
}

function filesOf(folder: string): { readonly cloud: string; readonly terraform: string } {
  return { cloud: join(folder, "cloud.json"), terraform: join(folder, "infra", "terraform.tfstate") };
}

/** A state with outputs and nothing else, which `terraform output` reads without `terraform init`. */
function terraformState(outputs: Readonly<Record<string, string>>): string {
  const entries = Object.entries(outputs).map(([name, value]) => [name, { value, type: "string" }] as const);
  const state = {
    version: 4,
    terraform_version: "1.11.0",
    serial: 1,
    lineage: randomUUID(),
    outputs: Object.fromEntries(entries),
    resources: [],
    check_results: null,
  };
  return `${JSON.stringify(state, undefined, 2)}\n`;
}
