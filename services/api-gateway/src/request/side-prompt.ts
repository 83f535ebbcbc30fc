/**
 * Chat front-ends send prompts of their own to the model of the chat: for a title, tags, the next questions, a completion of
 * what is typed. In: a request. Out: a short answer to such a prompt, or undefined for a message of a person. It would
 * otherwise draft a workflow of the chat that the prompt quotes.
 */

import type { ChatRequest } from "../chat.ts";

/** Open WebUI begins each of its prompts so, and quotes the chat in a tag. */
const TASK = /^\s*#{1,6}\s*task\b|<\/?chat_history>/i;

/** "Generate a concise, 5-word-or-less title for the conversation", and the like of other front-ends. */
const ABOUT_CHAT =
  /\b(?:generate|provide|create|write|suggest|give|summari[sz]e|come up with)\b[^\n]{0,120}\b(?:title|name|headline|tags?|topic|follow-?up|summary)\b[^\n]{0,80}\b(?:conversation|chat|dialogue|thread|discussion|messages?)\b/i;

/** The name of the property that the prompt wants, in its example of an answer. */
const PROPERTY = /\{\s*"(title|tags|follow_ups|queries|text)"\s*:/;

/** The first words of the person, in the chat that the prompt quotes. */
const FIRST_WORDS = /^\s*(?:user|human)\s*:\s*(.+)$/im;

const TITLE_WORDS = 5;
const TITLE_CHARACTERS = 60;

export function answerSidePrompt({ message, before, instructions }: ChatRequest): string | undefined {
  const prompt = [...instructions, message].join("\n");
  const isTask = TASK.test(message) || (before.length === 0 && ABOUT_CHAT.test(prompt.slice(0, 2_000)));
  if (!isTask) return undefined;
  const title = titleOf(message);
  switch (PROPERTY.exec(prompt)?.[1]) {
    case "tags":
      return JSON.stringify({ tags: ["Automation"] });
    case "follow_ups":
      return JSON.stringify({ follow_ups: [] });
    case "queries":
      return JSON.stringify({ queries: [] });
    case "text":
      return JSON.stringify({ text: "" });
    case "title":
      return JSON.stringify({ title });
    default:
      return title;
  }
}

function titleOf(prompt: string): string {
  const said = FIRST_WORDS.exec(prompt)?.[1]?.trim() ?? "";
  const words = said.split(/\s+/).slice(0, TITLE_WORDS).join(" ").slice(0, TITLE_CHARACTERS);
  return words === "" ? "Workflow" : `${words[0]?.toUpperCase()}${words.slice(1)}`;
}
