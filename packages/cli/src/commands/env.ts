import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "@agent-team/grpc-client";
import { awsEnvironment, type CloudRecord, readState } from "@agent-team/local-cloud";
import type { Command } from "../command.ts";
import { parseOptions } from "../parse-options.ts";

/** Where `up` leaves what this command reads. */
export const stateFolder = ".local-cloud";

/** Points a shell's `aws`, `nslookup`, `dig` and `grpc_health_probe` at the local cloud that runs. */
export const env: Command = {
  name: "env",
  summary: 'points aws, nslookup and dig at the local cloud: eval "$(npx agent-team env)"',
  usage: `agent-team env

Prints variables and functions for a shell. With eval "$(npx agent-team env)", aws asks the local cloud instead of AWS,
and so do nslookup, dig and grpc_health_probe. It finds the cloud that was started in this folder or in one above it;
of several the one that was started last.

Exits 1 when none runs.`,

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

/** The nearest record, from here upwards: the commands of `terraform` are typed in a folder below. */
function findRecord(folder: string): CloudRecord | undefined {
  const record = readState(join(folder, stateFolder));
  const parent = dirname(folder);
  return record !== undefined || parent === folder ? record : findRecord(parent);
}

// It answers from memory, on this machine.
const patienceMs = 2_000;

/** Whether that very cloud answers there: its port or its process id may be somebody else's by now. */
async function isAlive({ apiUrl, pid }: CloudRecord): Promise<boolean> {
  const patience = new AbortController();
  const timer = systemClock.setTimer(patienceMs, () => patience.abort());
  try {
    const response = await fetch(apiUrl, { signal: patience.signal });
    return ((await response.json()) as { pid?: unknown }).pid === pid;
  } catch {
    return false; // refused, silent or no JSON: somebody else, or nobody
  } finally {
    timer.cancel();
  }
}

function script({ apiUrl, dnsServer: { host, port }, region }: CloudRecord): string {
  const variables = {
    ...awsEnvironment(apiUrl),
    AWS_REGION: region,
    // Version 1 of the command line reads this one only.
    AWS_DEFAULT_REGION: region,
    AWS_PAGER: "",
  };
  return [
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
    // They would go with the keys above, to which they do not belong.
    "unset AWS_PROFILE AWS_SESSION_TOKEN",
    `nslookup() { command nslookup -port=${port} "$@" ${host}; }`,
    `dig() { command dig @${host} -p ${port} "$@"; }`,
    `grpc_health_probe() { ${probe().map(quoted).join(" ")} "$@"; }`,
  ].join("\n");
}

/** The image's own, run as this program is. */
function probe(): readonly string[] {
  const file = fileURLToPath(
    new URL(`../probe/main${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url),
  );
  return [process.execPath, ...process.execArgv, file];
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
