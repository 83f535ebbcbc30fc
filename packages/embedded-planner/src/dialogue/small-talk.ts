import type { Leftover } from "../program.ts";
import { describeLeftovers } from "./leftover-question.ts";

const GREETING = /^(?:hello|hi|hey|good (?:morning|afternoon|evening)|greetings)\b/i;
const ABOUT_ME = /^(?:help|what (?:can|do) you (?:do|know)|who are you|how does (?:this|it) work)\b/i;

const ABILITIES = [
  "I turn plain English into a workflow: a schedule, a webhook or your own hand starts it; then it can call URLs,",
  "check conditions, go through a list, retry, follow a failure, wait, ask you to approve, reshape data and post to Slack.",
].join(" ");

const EXAMPLE = '"every weekday at 9am fetch https://example.com/orders, if total is over 1000 ask me to approve"';

export function isGreeting(message: string): boolean {
  return GREETING.test(message) || ABOUT_ME.test(message);
}

/** The answer to a message without a request: it says so, names the abilities, and asks for a request. */
export function smallTalk(message: string, leftovers: readonly Leftover[]): string {
  const opening = isGreeting(message) ? ["Hello!"] : ["I found no workflow in that.", ...describeLeftovers(leftovers)];
  return [...opening, ABILITIES, `For instance: ${EXAMPLE}.`, "What would you like to automate?"].join(" ");
}
