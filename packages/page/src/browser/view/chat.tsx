/** The conversation: what was said, the answer while it is written, questions with their options, and the message that is typed. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { App } from "../app.ts";
import {
  type AnswerItem,
  type AppState,
  type Chat,
  type ChatItem,
  chatOf,
  runningAnswer,
  type UserItem,
} from "../state/app-state.ts";
import { textOf } from "../state/turn.ts";
import { Icon } from "./icons.tsx";
import { Questions } from "./questions.tsx";

const EXAMPLES = [
  "Every weekday at 9am Berlin time fetch https://example.com/orders, if any total is over 1000 ask me to approve, then post it to https://example.com/audit",
  "When a webhook comes, wait 10 minutes, then post it to https://example.com/inbox",
  "Every Monday at 8:00 fetch https://example.com/news, summarize it and post the summary to https://example.com/digest",
];

/** The limit of the gateway. */
const MAX_MESSAGE_BYTES = 8_192;

export function ChatPane({ app, state }: { readonly app: App; readonly state: AppState }): JSX.Element {
  const chat = chatOf(state);
  const answer = runningAnswer(chat);
  const progress = answer === undefined ? sendingWords(chat) : progressWords(answer);
  const [text, setText] = useState("");
  const box = useRef<HTMLTextAreaElement>(null);
  const send = (message: string): void => {
    setText("");
    box.current?.focus();
    void app.conversations.send(message);
  };
  const isFirst = useRef(true);
  useEffect(() => {
    setText("");
    // A conversation was chosen: what follows is a message. When the page is opened, nothing was chosen.
    if (!isFirst.current) box.current?.focus();
    isFirst.current = state.current === "";
  }, [state.current]);
  return (
    <section class="chat" aria-labelledby="chat-title">
      <h2 id="chat-title" class="unseen">
        Conversation
      </h2>
      <Log chat={chat} app={app}>
        {chat.items.length === 0 ? (
          <Welcome
            onPick={(example) => {
              setText(example);
              box.current?.focus();
            }}
          />
        ) : null}
        {chat.draft === undefined || answer !== undefined ? null : (
          <button type="button" class="see" onClick={() => app.show("workflow")}>
            <Icon name="branch" /> See the workflow
          </button>
        )}
        {answer === undefined ? (
          <Questions key={chat.questions.map(({ id }) => id).join()} questions={chat.questions} onAnswer={send} />
        ) : null}
      </Log>
      <p class="stage">{progress === "" ? "" : <Progress words={progress} />}</p>
      <Composer
        box={box}
        text={text}
        onText={setText}
        onSend={send}
        onStop={answer && (() => void app.conversations.stopAnswer())}
      />
    </section>
  );
}

function Welcome({ onPick }: { readonly onPick: (example: string) => void }): JSX.Element {
  return (
    <div class="welcome">
      <p class="lead">What should happen?</p>
      <p class="muted">
        Describe it in plain English: when it starts, what it does, what it asks you. You get a workflow that you can
        change, save and run.
      </p>
      <ul aria-label="Examples">
        {EXAMPLES.map((example) => (
          <li key={example}>
            <button type="button" class="example" onClick={() => onPick(example)}>
              {example}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Stays at the end while an answer is written, unless the person has scrolled up. */
function Log({
  chat,
  app,
  children,
}: {
  readonly chat: Chat;
  readonly app: App;
  readonly children: preact.ComponentChildren;
}): JSX.Element {
  const log = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    if (isAtEnd.current && log.current !== null) log.current.scrollTop = log.current.scrollHeight;
  });
  const onScroll = (): void => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = log.current ?? {};
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < 48;
  };
  return (
    // The whole answer is announced at its end; a log that is live would say it in pieces.
    <div
      class="log"
      ref={log}
      onScroll={onScroll}
      role="log"
      aria-live="off"
      aria-busy={runningAnswer(chat) !== undefined}
      aria-label="Messages"
      tabIndex={0}
    >
      <ol role="list">
        {chat.items.map((item) => (
          <li key={item.key}>
            <Item item={item} app={app} />
          </li>
        ))}
      </ol>
      {children}
    </div>
  );
}

function Item({ item, app }: { readonly item: ChatItem; readonly app: App }): JSX.Element {
  return item.kind === "user" ? <Said item={item} app={app} /> : <Answer item={item} />;
}

function Said({ item, app }: { readonly item: UserItem; readonly app: App }): JSX.Element {
  return (
    <div class="said">
      <p class="bubble">
        <span class="unseen">You: </span>
        {item.text}
      </p>
      {item.state === "waiting" ? <p class="note">Not delivered yet ({item.fault}). It is sent again.</p> : null}
      {item.state === "failed" ? (
        <p class="note bad">
          Not delivered: {item.fault}{" "}
          <button type="button" class="link" onClick={() => void app.conversations.sendAgain(item)}>
            Send it again
          </button>
        </p>
      ) : null}
    </div>
  );
}

function Answer({ item: { turn } }: { readonly item: AnswerItem }): JSX.Element {
  const text = textOf(turn);
  return (
    <div class="answer">
      <span class="unseen">Agent: </span>
      <AnswerText text={text} isRunning={turn.end === undefined} />
      {/* Below a text that grows, the note would move with each line. */}
      {turn.takeovers > 0 && turn.end !== undefined ? (
        <p class="note taken">
          <Icon name="loop" size={14} /> Another agent went on with this answer. Nothing was lost.
        </p>
      ) : null}
      {turn.end?.kind === "stopped" ? <p class="note">Stopped.</p> : null}
      {turn.end?.kind === "failed" ? <p class="note bad">The answer failed: {turn.end.failure.detail}</p> : null}
    </div>
  );
}

/** Line by line: the lines that are complete do not change while the last one grows. */
function AnswerText({ text, isRunning }: { readonly text: string; readonly isRunning: boolean }): JSX.Element {
  const lines = text.split("\n");
  return (
    <div class={isRunning ? "text running" : "text"}>
      {lines.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line keeps its place
        <p key={at} class={lineClass(line)}>
          {line}
        </p>
      ))}
    </div>
  );
}

function lineClass(line: string): string {
  if (line === "") return "gap";
  return /^(\d+\.|[-•]) /.test(line) ? "item" : "";
}

const STAGES: Readonly<Record<string, string>> = {
  UNDERSTANDING: "Reading",
  CLARIFYING: "Asking",
  PLANNING: "Planning",
  VALIDATING: "Checking the draft",
  REPAIRING: "Correcting the draft",
};

function progressWords({ turn, link }: AnswerItem): string {
  return {
    live: turn.takeovers > 0 ? "Another agent goes on; nothing is lost" : (STAGES[turn.stage] ?? "Beginning"),
    quiet: "Still working; another agent can take over",
    recovering: "Waiting for another agent; nothing is lost",
    broken: "Connecting again; nothing is lost",
  }[link];
}

/** A message waits while another answer in the same conversation is written, for instance in another window. */
function sendingWords({ items }: Chat): string {
  return items.some((item) => item.kind === "user" && item.state === "sending") ? "Sending" : "";
}

function Progress({ words }: { readonly words: string }): JSX.Element {
  return (
    <>
      <span class="spinner" aria-hidden="true" /> {words} …
    </>
  );
}

interface ComposerProps {
  readonly box: preact.RefObject<HTMLTextAreaElement | null>;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onSend: (text: string) => void;
  /** Absent while nothing runs. */
  readonly onStop: (() => void) | undefined;
}

function Composer({ box, text, onText, onSend, onStop }: ComposerProps): JSX.Element {
  const isTooLong = new TextEncoder().encode(text).length > MAX_MESSAGE_BYTES;
  const isReady = text.trim() !== "" && !isTooLong;
  const submit = (event: Event): void => {
    event.preventDefault();
    if (isReady) onSend(text.trim());
  };
  return (
    <form class="composer" onSubmit={submit}>
      <label class="unseen" for="message">
        Message
      </label>
      <textarea
        id="message"
        ref={box}
        rows={1}
        value={text}
        placeholder="Describe a workflow, or change this one"
        autocomplete="off"
        aria-describedby="message-hint"
        aria-invalid={isTooLong}
        onInput={(event) => onText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
        }}
      />
      <span id="message-hint" class={isTooLong ? "hint bad" : "unseen"}>
        {isTooLong ? "This message is too long: 8 KiB at most." : "Enter sends, Shift and Enter begin a new line."}
      </span>
      {onStop === undefined ? null : (
        <button type="button" class="round" aria-label="Stop the answer" onClick={onStop}>
          <Icon name="stop" />
        </button>
      )}
      <button type="submit" class="round primary" aria-label="Send" disabled={!isReady}>
        <Icon name="send" />
      </button>
    </form>
  );
}
