import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "@agent-team/foundation/clock";
import { formatHostPort } from "@agent-team/foundation/host-port";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import { awsEnvironment, type CloudRecord, readState } from "@agent-team/local-cloud";
import type { Command } from "../command.ts";
import { parseOptions } from "../parse-options.ts";

/** The folder in which `up` records its cloud for this command. */
export const STATE_FOLDER = ".local-cloud";

/** The cloud answers from memory, on this machine. */
const RESPONSE_TIMEOUT_MS = 2_000;

/** Prints variables and functions that point `aws`, `nslookup`, `dig` and `grpc_health_probe` of a shell at the local cloud. */
export const env: Command = {
  name: "env",
  summary: 'points aws, nslookup and dig at the local cloud: eval "$(npx agent-team env)"',
  usage: `agent-team env

Prints variables and functions for a shell. After eval "$(npx agent-team env)", aws, nslookup, dig, grpc_health_probe
and agent-team discover use the local cloud that was started in this folder or in a parent folder, the last one if there are several.

Exits with 1 when no cloud runs.`,

  async run(args, { cwd, out, err }) {
    parseOptions(args, {});
    const record = findRecord(cwd);
    if (record === undefined) {
      err('agent-team env: no local cloud runs in this folder. Start one with "npm start", then try again.');
      return 1;
    }
    if (!(await isAlive(record))) {
      const { name, pid } = record;
      err(
        `agent-team env: the local cloud ${name} (pid ${pid}) has ended. Start one with "npm start", then try again.`,
      );
      return 1;
    }
    out(script(record));
    return 0;
  },
};

/** The record of the nearest folder upwards: `terraform` commands run in a subfolder. */
function findRecord(folder: string): CloudRecord | undefined {
  const record = readState(join(folder, STATE_FOLDER));
  const parent = dirname(folder);
  return record !== undefined || parent === folder ? record : findRecord(parent);
}

/** Whether the recorded cloud answers: another program may have its port, or its process id, by now. */
async function isAlive({ apiUrl, pid }: CloudRecord): Promise<boolean> {
  const timeout = new AbortController();
  const timer = setPeerTimer(systemClock, RESPONSE_TIMEOUT_MS, () => timeout.abort());
  try {
    const response = await fetch(apiUrl, { signal: timeout.signal });
    return ((await response.json()) as { pid?: unknown }).pid === pid;
  } catch {
    return false; // refused, timed out or not JSON: not this cloud
  } finally {
    timer.cancel();
  }
}

function script({ apiUrl, dnsServer: { host, port }, region, tls }: CloudRecord): string {
  const variables = {
    ...awsEnvironment(apiUrl),
    AWS_REGION: region,
    // Version 1 of the `aws` command line reads this one only.
    AWS_DEFAULT_REGION: region,
    AWS_PAGER: "",
    // For `agent-team discover`, and for services that are started from this shell.
    DNS_SERVER: formatHostPort({ host, port }),
    ...tls,
  };
  return [
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
    // They belong to other credentials than those above.
    "unset AWS_PROFILE AWS_SESSION_TOKEN",
    `nslookup() { command nslookup -port=${port} "$@" ${host}; }`,
    `dig() { command dig @${host} -p ${port} "$@"; }`,
    `grpc_health_probe() { ${[...probe(), ...probeFlags(tls)].map(quoted).join(" ")} "$@"; }`,
  ].join("\n");
}

/** The command of the probe, with the Node and the flags of this process. */
function probe(): readonly string[] {
  const file = fileURLToPath(
    new URL(`../probe/main${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url),
  );
  return [process.execPath, ...process.execArgv, file];
}

/** The flags for servers with TLS: with the operator's certificate, and the namespace as the name that every certificate of the cloud has. */
function probeFlags(tls: CloudRecord["tls"]): readonly string[] {
  if (tls === undefined) return [];
  const flags = {
    "tls-ca-cert": tls["WORKFLOW_SERVICE_TLS_CA_FILE"],
    "tls-client-cert": tls["WORKFLOW_SERVICE_TLS_CERT_FILE"],
    "tls-client-key": tls["WORKFLOW_SERVICE_TLS_KEY_FILE"],
    "tls-server-name": tls["WORKFLOW_SERVICE_TLS_SERVER_NAME"]?.replace(/^[^.]+\./, ""),
  };
  return ["-tls", ...Object.entries(flags).flatMap(([name, value]) => (value ? [`-${name}=${value}`] : []))];
}

/** Quotes an argument for a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
