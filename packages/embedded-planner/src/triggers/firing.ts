import type { JsonObject } from "@bufbuild/protobuf";
import type { Hole } from "../program.ts";
import type { Reading, Span } from "../reading.ts";

/** What a schedule does when the run before still works, and with firings that were missed. Absent parts are the engine's defaults. */
export interface Firing {
  /** "asked": the request forbids two runs at once, and leaves open which of two ways it means. */
  readonly overlap?: "skip" | "queue" | "allow" | "asked" | undefined;
  readonly catchUp?: "last" | "none" | undefined;
}

const RUN = "(?:(?:a|the|this|that|its|one|another|new|next) )*(?:run|start|execution|one|it)";
const LAST = "(?:the )?(?:last|previous|earlier|one before|run before)(?: (?:one|run|execution))?";
const WORKS =
  "(?:(?:is |are )?(?:still )?(?:runs?|running|works?|working|active|in progress|going)|(?:has not|hasn't|is not|isn't) (?:yet )?(?:finished|ended|done|over)(?: yet)?)";
const WHILE = `(?:if|when|while|as long as) ${LAST} ${WORKS}(?: then)?`;

/** In this order: the first that matches is what was said. */
const OVERLAPS = compiled<{ readonly said: string; readonly overlap: NonNullable<Firing["overlap"]> }>([
  { said: `even (?:if|when|while) ${LAST} ${WORKS}`, overlap: "allow" },
  {
    said: "(?:the )?runs (?:may|can) overlap|overlapping runs are (?:ok|okay|fine|allowed)|allow overlapping runs",
    overlap: "allow",
  },
  { said: `(?:but )?(?:skip|drop|omit|leave out) ${RUN} ${WHILE}`, overlap: "skip" },
  { said: `(?:but )?(?:do not|don't|never) (?:start|run|fire|begin)(?: ${RUN})? ${WHILE}`, overlap: "skip" },
  { said: `unless ${LAST} ${WORKS}`, overlap: "skip" },
  { said: `(?:but )?(?:queue|delay|postpone) ${RUN} ${WHILE}`, overlap: "queue" },
  {
    said: `(?:but )?(?:wait (?:for|until) ${LAST} (?:to (?:finish|end)|has (?:finished|ended)|is (?:done|finished|over)))(?: first)?`,
    overlap: "queue",
  },
  {
    said: "(?:but )?(?:never (?:run )?(?:two|twice|2)(?: runs)? at (?:once|the same time)|without overlap(?:ping runs|s)?|(?:with )?no overlap(?:ping runs|s)?|(?:only )?one run at a time)",
    overlap: "asked",
  },
]);
const CATCH_UPS = compiled<{ readonly said: string; readonly catchUp: NonNullable<Firing["catchUp"]> }>([
  {
    said: "(?:but )?(?:skip|ignore|drop|forget) (?:the |any |all )?missed (?:runs|firings|starts|ones)|(?:but )?(?:do not|don't|never) (?:catch up(?: on missed (?:runs|ones))?|make up for missed (?:runs|ones))",
    catchUp: "none",
  },
  { said: "(?:and )?(?:catch up on|make up for) (?:the |any )?missed (?:runs|ones)", catchUp: "last" },
]);

/** The words about firing in a request: what they mean, and where they stand. */
export interface FiringWords {
  readonly firing: Firing;
  readonly spans: readonly Span[];
}

/** Finds "skip a run if the last one still runs", "runs may overlap" and "skip missed runs" anywhere in a request. */
export function firingIn(message: string): FiringWords | undefined {
  const overlap = firstOf(OVERLAPS, message);
  const catchUp = firstOf(CATCH_UPS, message);
  if (overlap === undefined && catchUp === undefined) return undefined;
  const spans = [overlap, catchUp].flatMap((found) => (found === undefined ? [] : [found.span]));
  return { firing: { overlap: overlap?.phrase.overlap, catchUp: catchUp?.phrase.catchUp }, spans };
}

/** Once, and not for each request: a class of all letters takes half a millisecond. */
function compiled<Phrase extends { readonly said: string }>(
  phrases: readonly Phrase[],
): readonly (Phrase & { readonly pattern: RegExp })[] {
  return phrases.map((phrase) => ({
    ...phrase,
    // It ends a part of the sentence: "skip a run if the last one runs late" says something else.
    pattern: new RegExp(`(?<![\\p{L}\\p{N}_/-])(?:${phrase.said})(?=$|[.;,!]| and )`, "iu"),
  }));
}

function firstOf<Phrase extends { readonly pattern: RegExp }>(
  phrases: readonly Phrase[],
  message: string,
): { readonly phrase: Phrase; readonly span: Span } | undefined {
  for (const phrase of phrases) {
    const match = phrase.pattern.exec(message);
    if (match !== null) return { phrase, span: { start: match.index, end: match.index + match[0].length } };
  }
  return undefined;
}

/** The question which way a schedule avoids two runs at once; `complete` makes the schedule with it. */
export function missingOverlap<Filled>(firing: Firing, complete: (whole: Firing) => Filled): Hole<Filled> | undefined {
  if (firing.overlap !== "asked") return undefined;
  return {
    slot: "overlap",
    question: "When it is time for a run and the last one still works: should it skip the run, or start it afterwards?",
    options: ["skip it", "start it afterwards"],
    fill(answer) {
      const overlap = takeWay(answer);
      return overlap === undefined ? undefined : complete({ ...firing, overlap });
    },
  };
}

function takeWay(answer: Reading): "skip" | "queue" | undefined {
  if (answer.take(/^skip(?: (?:it|the run|that run|one))?$/i) !== undefined) return "skip";
  const later =
    /^(?:(?:start|run|queue|do) (?:it|the run|that run) ?)?(?:afterwards|later|when it is done)$|^(?:queue|wait)$/i;
  return answer.take(later) === undefined ? undefined : "queue";
}

/** The parts of the trigger's configuration. */
export function firingFields({ overlap, catchUp }: Firing = {}): JsonObject {
  return {
    ...(overlap === undefined || overlap === "asked" ? {} : { overlap }),
    ...(catchUp === undefined ? {} : { catch_up: catchUp }),
  };
}

/** "; it skips a run while the last one works"; empty without words about it. */
export function describeFiring({ overlap, catchUp }: Firing = {}): string {
  const way = overlap === undefined ? "" : WAYS[overlap];
  const missed = catchUp === undefined ? "" : MISSED[catchUp];
  return `${way}${missed}`;
}

const WAYS = {
  skip: "; it skips a run while the last one works",
  queue: "; a run starts after the last one has ended",
  allow: "; runs may overlap",
  asked: "",
};
const MISSED = {
  none: "; missed runs are not made up for",
  last: "; of missed runs the last one is made up for",
};
