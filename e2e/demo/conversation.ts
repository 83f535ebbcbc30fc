import type { Claims } from "./claims.ts";
import { sendMessage, type TurnEvent } from "./turn.ts";

/** Says hello and shows the answer as it streams in. */
export async function showGreeting(url: string, claims: Claims): Promise<void> {
  claims.chapter("1. A call finds its way: browser → gateway → agent, and the answer streams back");
  const { text, pieces } = await show(url, "test-123", "Hello, workflow!");
  claims.claim(`an answer of ${text.length} characters came in ${pieces} pieces`, text.length > 0 && pieces > 1);
}

export const REQUEST =
  "every weekday at 9am fetch https://example.com/orders, if total is over 1000 ask me to approve, " +
  "then POST it to https://example.com/audit";
const EXPECTED_NODES = ["CRON", "HTTP_REQUEST", "IF", "APPROVAL", "HTTP_REQUEST"];

/** Asks for a workflow in plain English and stores what is proposed. */
export async function showWorkflow(url: string, claims: Claims): Promise<void> {
  claims.chapter("2. Plain English becomes a validated workflow");
  const { events } = await show(url, "orders-1", REQUEST);
  const proposed = events.find((event) => event.workflow_proposed !== undefined)?.workflow_proposed;
  const kinds = proposed?.spec.nodes.map(({ subtype }) => subtype) ?? [];
  const errors = proposed?.issues?.filter(({ severity }) => severity === "ERROR") ?? [];
  claims.claim(`it proposed ${kinds.join(" → ") || "nothing"}`, kinds.join() === EXPECTED_NODES.join());
  claims.claim(
    `the engine's validation found ${errors.length} errors in it`,
    proposed !== undefined && errors.length === 0,
  );

  const response = await fetch(`${url}/v1/workflows`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ spec: proposed?.spec }),
  });
  const location = response.headers.get("location");
  claims.claim(`POST /v1/workflows answered ${response.status}, location ${location}`, response.status === 201);
  const stored = await fetch(`${url}${location}`);
  const { spec } = (await stored.json()) as { readonly spec?: { readonly name?: string } };
  claims.claim(`GET ${location} gives it back: "${spec?.name}"`, spec?.name === proposed?.spec.name);
}

interface Shown {
  readonly events: readonly TurnEvent[];
  readonly text: string;
  readonly pieces: number;
}

async function show(url: string, conversation: string, message: string): Promise<Shown> {
  console.log(`  you    ${message}`);
  process.stdout.write("  agent  ");
  const events: TurnEvent[] = [];
  for await (const event of sendMessage(url, conversation, message)) {
    events.push(event);
    process.stdout.write((event.message ?? "").replaceAll("\n", "\n         "));
    for (const { text } of event.clarification_asked?.questions ?? []) process.stdout.write(`\n  asks   ${text}`);
  }
  process.stdout.write("\n\n");
  const texts = events.flatMap(({ message: text }) => (text === undefined || text === "" ? [] : [text]));
  return { events, text: texts.join(""), pieces: texts.length };
}
