import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { HostPort } from "@agent-team/foundation/host-port";

/** The addresses of a running cloud. */
export interface CloudRecord {
  readonly name: string;
  /** The process in which the cloud runs. */
  readonly pid: number;
  readonly apiUrl: string;
  readonly dnsServer: HostPort;
  readonly region: string;
  /** Variables of clients of the services, when these speak TLS. */
  readonly tls?: Readonly<Record<string, string>> | undefined;
}

/** Writes the files that other programs read while a cloud runs. Returns a function that removes them. */
export function writeState(folder: string, record: CloudRecord, outputs: Readonly<Record<string, string>>): () => void {
  const files = filesOf(folder);
  mkdirSync(dirname(files.terraform), { recursive: true });
  writeFileSync(files.terraform, terraformState(outputs));
  writeFileSync(files.cloud, `${JSON.stringify(record, undefined, 2)}\n`);
  return () => {
    // Another cloud has overwritten the record.
    if (readState(folder)?.pid !== record.pid) return;
    rmSync(files.cloud, { force: true });
    rmSync(dirname(files.terraform), { recursive: true, force: true });
  };
}

/** The record in the folder, whether or not its cloud still runs. Undefined without a complete record. */
export function readState(folder: string): CloudRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(filesOf(folder).cloud, "utf8")) as Partial<CloudRecord>;
    const { name, pid, apiUrl, dnsServer, region, tls } = record;
    if (!name || !pid || !apiUrl || !dnsServer || !region) return undefined;
    return { name, pid, apiUrl, dnsServer, region, tls };
  } catch {
    return undefined; // the file is absent or incomplete
  }
}

function filesOf(folder: string): { readonly cloud: string; readonly terraform: string } {
  return { cloud: join(folder, "cloud.json"), terraform: join(folder, "infra", "terraform.tfstate") };
}

/** A Terraform state with outputs alone: `terraform output` reads it without `terraform init`. */
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
