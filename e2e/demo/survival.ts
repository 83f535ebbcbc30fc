import type { Clock } from "@agent-team/foundation/clock";
import type { LocalCloud, TaskDescription } from "@agent-team/local-cloud";
import type { Claims } from "./claims.ts";
import { REQUEST } from "./conversation.ts";
import { sendMessage } from "./turn.ts";

const SERVICE = "workflow-agent";

/** Text that a reader has seen when the agent is lost. */
const SEEN = 90;

interface Answer {
  readonly text: string;
  readonly takeovers: number;
  /** The longest time between two pieces of text. */
  readonly pauseMs: number;
}

/** Loses the agent that answers in the middle of its answer, first by SIGKILL and then by SIGTERM. The text must be whole. */
export async function showSurvival(cloud: LocalCloud, url: string, claims: Claims, clock: Clock): Promise<void> {
  claims.chapter("3. The agent that answers is killed in the middle of its answer");
  const whole = await read(url, "undisturbed", clock, () => {});
  await lose("survives-kill", "SIGKILL", ({ id }) => cloud.killTask(id));
  await cloud.steady(SERVICE);
  claims.chapter("4. The agent that answers is stopped with SIGTERM, as a deployment does");
  await lose("survives-stop", "SIGTERM", ({ id }) => cloud.stopTask(id));
  await cloud.steady(SERVICE);

  async function lose(
    conversation: string,
    signal: string,
    end: (task: TaskDescription) => Promise<void>,
  ): Promise<void> {
    let ending: Promise<void> | undefined;
    console.log(`  you    ${REQUEST}`);
    process.stdout.write("  agent  ");
    // Not awaited by the reader: the time would count as a pause of the text.
    const endAnswering = async (): Promise<void> => {
      const task = await answering(cloud);
      process.stdout.write(` ◄── ${signal} to ${task.host}; another agent goes on ──► `);
      await end(task);
    };
    const answer = await read(url, conversation, clock, (text, seen) => {
      process.stdout.write(text.replaceAll("\n", "\n         "));
      if (ending !== undefined || seen < SEEN) return;
      ending = endAnswering();
      ending.catch(() => {}); // awaited below
    });
    await ending;
    process.stdout.write("\n\n");
    const expected = whole.text.replace("undisturbed", conversation); // the answer names its conversation
    claims.claim(`all ${expected.length} characters are those of an undisturbed answer`, answer.text === expected);
    claims.claim(
      `another agent went on once, after a pause of ${(answer.pauseMs / 1_000).toFixed(2)} s`,
      answer.takeovers === 1,
    );
    const stored = await (await fetch(`${url}/v1/conversations/${conversation}`)).json();
    const { length } = (stored as { readonly messages: readonly unknown[] }).messages;
    claims.claim(`the conversation has ${length} messages: the question and one answer`, length === 2);
  }
}

async function read(
  url: string,
  conversation: string,
  clock: Clock,
  onText: (text: string, seen: number) => void,
): Promise<Answer> {
  let text = "";
  let takeovers = 0;
  let pauseMs = 0;
  let lastMs = Number.POSITIVE_INFINITY; // before the first piece there is no pause
  for await (const { message = "", turn_completed } of sendMessage(url, conversation, REQUEST)) {
    takeovers = turn_completed?.usage?.takeovers ?? 0;
    if (message === "") continue;
    pauseMs = Math.max(pauseMs, clock.now() - lastMs);
    lastMs = clock.now();
    text += message;
    onText(message, text.length);
  }
  return { text, takeovers, pauseMs };
}

/** The agent that has a call under way. */
async function answering(cloud: LocalCloud): Promise<TaskDescription> {
  for (const task of cloud.tasks(SERVICE)) {
    const metrics = await (await fetch(`http://${task.host}:${task.healthPort}/metrics`)).text();
    if (/^grpc_server_in_flight [1-9]/m.test(metrics)) return task;
  }
  throw new Error("expected an agent that answers");
}
