/** What the agent asks, with what a person would answer as buttons. One question is answered at once, several together. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Question } from "../api/types.ts";

export interface QuestionsProps {
  readonly questions: readonly Question[];
  readonly onAnswer: (message: string) => void;
}

export function Questions({ questions, onAnswer }: QuestionsProps): JSX.Element | null {
  const [answers, setAnswers] = useState<Readonly<Record<string, string>>>({});
  const [first] = questions;
  if (first === undefined) return null;
  if (questions.length === 1) {
    return <Options question={first} isAlone chosen="" onChoose={onAnswer} />;
  }
  const isWhole = questions.every(({ id }) => (answers[id] ?? "").trim() !== "");
  const submit = (event: Event): void => {
    event.preventDefault();
    if (isWhole) onAnswer(questions.map(({ id, text }) => `${text} ${(answers[id] ?? "").trim()}`).join("\n"));
  };
  return (
    <form class="questions" onSubmit={submit}>
      {questions.map((question) => (
        <Options
          key={question.id}
          question={question}
          isAlone={false}
          chosen={answers[question.id] ?? ""}
          onChoose={(answer) => setAnswers((all) => ({ ...all, [question.id]: answer }))}
        />
      ))}
      <button type="submit" class="primary" disabled={!isWhole}>
        Send the answers
      </button>
    </form>
  );
}

interface OptionsProps {
  readonly question: Question;
  /** The question is in the answer's text already, and free text goes into the message below. */
  readonly isAlone: boolean;
  readonly chosen: string;
  readonly onChoose: (answer: string) => void;
}

function Options({ question: { id, text, options = [] }, isAlone, chosen, onChoose }: OptionsProps): JSX.Element {
  return (
    <fieldset class="options">
      <legend class={isAlone ? "unseen" : ""}>{text}</legend>
      <div class="chips">
        {options.map((option) => (
          <button
            key={option}
            type="button"
            class="chip"
            {...(isAlone ? {} : { "aria-pressed": chosen === option })}
            onClick={() => onChoose(option)}
          >
            {option}
          </button>
        ))}
        {isAlone ? null : (
          <input
            type="text"
            aria-label={`Another answer to: ${text}`}
            id={`answer-${id}`}
            placeholder={options.length === 0 ? "Your answer" : "or another answer"}
            value={options.includes(chosen) ? "" : chosen}
            onInput={(event) => onChoose(event.currentTarget.value)}
          />
        )}
      </div>
    </fieldset>
  );
}
