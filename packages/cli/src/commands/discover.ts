import { systemClock } from "@agent-team/foundation/clock";
import {
  type ChannelSnapshot,
  createChannel,
  type EndpointSnapshot,
  parseTarget,
  type Target,
  type TlsOptions,
  targetFromEnvironment,
  tlsFromEnvironment,
} from "@agent-team/grpc-client";
import { type Command, type CommandContext, UsageError } from "../command.ts";
import { parseOptions } from "../parse-options.ts";

/** The default connect timeout of a channel (3 s), and 1 s to resolve the name. */
const SETTLE_TIMEOUT_MS = 4_000;

const OPTIONS = {
  json: { type: "boolean" },
  tls: { type: "boolean" },
  "tls-ca-file": { type: "string" },
  "tls-cert-file": { type: "string" },
  "tls-key-file": { type: "string" },
  "tls-server-name": { type: "string" },
} as const;

/** Resolves a target as a client does, connects to its endpoints, and prints them. */
export const discover: Command = {
  name: "discover",
  summary: "prints the tiers and endpoints that a client finds, with their connectivity",
  usage: `agent-team discover TARGET|PREFIX [--json] [--tls…]

  TARGET   in gRPC's syntax: dns:///NAME[:PORT], dns://SERVER/NAME, ipv4:ADDRESS:PORT,…
           or cloudmap:NAMESPACE/SERVICE[:PORT], with AWS_REGION and credentials.
           dns:///NAME asks DNS_SERVER, if it is set, which "agent-team env" prints
  PREFIX   of discovery variables, such as WORKFLOW_SERVICE for WORKFLOW_SERVICE_DNS_NAME;
           WORKFLOW_SERVICE_TLS_CA_FILE and its companions encrypt the connections
  --json   prints the snapshot as one JSON object
  --tls    encrypts the connections, with the system's CAs; so does each of
           --tls-ca-file FILE, --tls-cert-file FILE, --tls-key-file FILE and --tls-server-name NAME,
           which stand for the variables PREFIX_TLS_CA_FILE, … and in place of all of them

Exits with 1 when no endpoint becomes ready.`,

  async run(args, context) {
    const { values, positionals } = parseOptions(args, OPTIONS, 1);
    const [text] = positionals;
    if (text === undefined) throw new UsageError("which target?");
    const tls = tlsOfOptions(values) ?? tlsOf(text, context);
    const snapshot = await settledSnapshot(targetOf(text, context), tls, context.signal);
    context.out(values.json === true ? JSON.stringify(snapshot) : format(snapshot));
    return isReachable(snapshot) ? 0 : 1;
  },
};

function targetOf(text: string, { env }: CommandContext): Target {
  if (!isPrefix(text)) return parseTarget(withServer(text, env), env);
  return targetFromEnvironment(text, env, { defaultPort: text === "WORKFLOW_ENGINE" ? 50050 : 50051 });
}

function tlsOf(text: string, { env }: CommandContext): TlsOptions | undefined {
  return isPrefix(text) ? tlsFromEnvironment(text, env) : undefined;
}

function tlsOfOptions(values: ReturnType<typeof parseOptions<typeof OPTIONS>>["values"]): TlsOptions | undefined {
  const options: TlsOptions = {
    caFile: values["tls-ca-file"],
    certFile: values["tls-cert-file"],
    keyFile: values["tls-key-file"],
    serverName: values["tls-server-name"],
  };
  const isNamed = Object.values(options).some((value) => value !== undefined);
  return values.tls === true || isNamed ? options : undefined;
}

function isPrefix(text: string): boolean {
  return /^[A-Z][A-Z0-9_]*$/.test(text);
}

/** A DNS target without a server gets DNS_SERVER, which discovery variables use, too. */
function withServer(text: string, { DNS_SERVER }: CommandContext["env"]): string {
  return DNS_SERVER ? text.replace(/^dns:(?:\/\/\/)?(?!\/)/i, `dns://${DNS_SERVER}/`) : text;
}

/** The snapshot after every endpoint of the active tier is ready or has failed, at the latest after `SETTLE_TIMEOUT_MS`. */
async function settledSnapshot(
  target: Target,
  tls: TlsOptions | undefined,
  signal: AbortSignal,
): Promise<ChannelSnapshot> {
  await using channel = createChannel(target, { tls });
  const { promise: settled, resolve } = Promise.withResolvers<void>();
  const timer = systemClock.setTimer(SETTLE_TIMEOUT_MS, resolve);
  signal.addEventListener("abort", () => resolve());
  channel.on(() => {
    // After the event: it is emitted during the change, before the snapshot has it.
    queueMicrotask(() => isSettled(channel.snapshot()) && resolve());
  });
  await settled;
  timer.cancel();
  return channel.snapshot();
}

function isSettled({ tiers }: ChannelSnapshot): boolean {
  const active = tiers.find((tier) => tier.active)?.endpoints ?? [];
  return (
    active.length > 0 &&
    active.every(({ connectivity }) => connectivity === "ready" || connectivity === "transient-failure")
  );
}

function isReachable({ tiers }: ChannelSnapshot): boolean {
  return tiers.some(({ endpoints }) => endpoints.some(({ connectivity }) => connectivity === "ready"));
}

function format({ target, tiers }: ChannelSnapshot): string {
  const lines = tiers.flatMap((tier) => {
    const state = tier.active ? "active" : tier.standby ? "standby" : "opened";
    const reason = tier.lastError ?? (tier.ageMs === undefined ? "no answer yet" : undefined);
    return [
      `  ${tier.name} (${[state, reason].filter((word) => word !== undefined).join(", ")})`,
      ...tier.endpoints.map(formatEndpoint),
    ];
  });
  return [target, ...lines].join("\n");
}

function formatEndpoint({ address, zone, connectivity, lastError }: EndpointSnapshot): string {
  const error = lastError === undefined ? "" : `: ${lastError}`;
  return `    ${address.padEnd(22)}${(zone ?? "-").padEnd(12)}${connectivity}${error}`;
}
