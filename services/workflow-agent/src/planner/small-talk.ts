import { reportWords } from "./answer.ts";

const GREETING = /^(?:hello|hi|hey|good (?:morning|afternoon|evening)|greetings)\b/i;
const EDIT = /^(?:please )?(?:make it|change|drop|remove|rename|replace|move|add|also|instead)\b/i;

const ABILITIES = [
  "I turn plain English into a workflow: a schedule, a webhook or your own hand starts it; then it can call URLs,",
  "check a condition, wait, ask you to approve, reshape data and post to Slack.",
].join(" ");

const EXAMPLE = '"every weekday at 9am fetch https://example.com/orders, if total is over 1000 ask me to approve"';

/** The answer to a message that asks for no workflow: it says so, says what can be asked, and asks. */
export function smallTalk(message: string, notUnderstood: readonly string[], hasDraft: boolean): string {
  if (hasDraft && EDIT.test(message)) {
    return "I cannot change a draft yet. Tell me the whole workflow once more, and I draft it anew.";
  }
  const opening = GREETING.test(message) ? ["Hello!"] : ["I found no workflow in that.", ...reportWords(notUnderstood)];
  return [...opening, ABILITIES, `For instance: ${EXAMPLE}.`, "What would you like to automate?"].join(" ");
}
