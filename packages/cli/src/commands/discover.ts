import {
  type ChannelSnapshot,
  createChannel,
  type EndpointSnapshot,
  parseTarget,
  systemClock,
  type Target,
  targetFromEnvironment,
} from "@agent-team/grpc-client";
import { type Command, type Surroundings, UsageError } from "../command.ts";
import { parseOptions } from "../parse-options.ts";

/** Resolves a target as every client of the project would, connects, and prints what it found. */
export const discover: Command = {
  name: "discover",
  summary: "shows what a client finds: tiers, endpoints, which of them answer",
  usage: `agent-team discover TARGET|PREFIX [--json]

  TARGET   as gRPC writes it: dns:///NAME[:PORT], dns://SERVER/NAME, ipv4:ADDRESS:PORT,…
           or cloudmap:NAMESPACE/SERVICE[:PORT], with AWS_REGION and credentials
  PREFIX   of variables, such as WORKFLOW_SERVICE for WORKFLOW_SERVICE_DNS_NAME and its companions
  --json   prints the snapshot as one JSON object

Exits 1 when no endpoint answers.`,

  async run(args, surroundings) {
    const { values, positionals } = parseOptions(args, { json: { type: "boolean" } }, 1);
    const [text] = positionals;
    if (text === undefined) throw new UsageError("which target?");
    const snapshot = await settledSnapshot(targetOf(text, surroundings), surroundings.signal);
    surroundings.out(values.json === true ? JSON.stringify(snapshot) : format(snapshot));
    return isReachable(snapshot) ? 0 : 1;
  },
};

function targetOf(text: string, { env }: Surroundings): Target {
  const isPrefix = /^[A-Z][A-Z0-9_]*$/.test(text);
  if (!isPrefix) return parseTarget(text, env);
  return targetFromEnvironment(text, env, { defaultPort: text === "WORKFLOW_ENGINE" ? 50050 : 50051 });
}

// The longest that a first connection may take by default (3 s), and a second for the name.
const patienceMs = 4_000;

/** The snapshot once every connection attempt of the active tier has come to an end, or patience has. */
async function settledSnapshot(target: Target, signal: AbortSignal): Promise<ChannelSnapshot> {
  await using channel = createChannel(target);
  const { promise: settled, resolve } = Promise.withResolvers<void>();
  const timer = systemClock.setTimer(patienceMs, resolve);
  signal.addEventListener("abort", () => resolve());
  channel.on(() => {
    // After the event: it is emitted in the middle of the change that it is about.
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
