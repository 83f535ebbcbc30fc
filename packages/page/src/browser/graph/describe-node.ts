/** What a node does, in a few words below its name. */

import type { WorkflowNode } from "../api/types.ts";

export type NodeIcon =
  | "play"
  | "clock"
  | "hook"
  | "globe"
  | "transform"
  | "branch"
  | "merge"
  | "loop"
  | "wait"
  | "person"
  | "spark"
  | "message";

const ICONS: Readonly<Record<string, NodeIcon>> = {
  MANUAL: "play",
  CRON: "clock",
  WEBHOOK: "hook",
  HTTP_REQUEST: "globe",
  DATA_TRANSFORMATION: "transform",
  IF: "branch",
  MERGE: "merge",
  FOR_EACH: "loop",
  DELAY: "wait",
  APPROVAL: "person",
  GENERATE: "spark",
  SLACK: "message",
};

export function iconOf({ subtype = "" }: WorkflowNode): NodeIcon {
  return ICONS[subtype] ?? "transform";
}

export function nameOf({ name, id }: WorkflowNode): string {
  return name === undefined || name === "" ? id : name;
}

export function describeNode({ subtype = "", configuration = {}, retry_policy: retries }: WorkflowNode): string {
  const text = (field: string): string => toText(configuration[field]);
  switch (subtype) {
    case "MANUAL":
      return "started by hand";
    case "CRON":
      return [describeCron(text("expression")), text("timezone") || "UTC"].filter((part) => part !== "").join(" · ");
    case "WEBHOOK":
      return "started by a call";
    case "HTTP_REQUEST":
      return `${text("method")} ${withoutScheme(text("url"))}${describeRetries(retries)}`.trim();
    case "IF":
      return bare(text("condition"));
    case "DATA_TRANSFORMATION":
      return bare(text("expression"));
    case "FOR_EACH":
      return "one entry after the other";
    case "DELAY":
      return describeSeconds(Number(configuration["duration_seconds"]));
    case "APPROVAL":
    case "GENERATE":
      return text("prompt");
    case "SLACK":
      return bare(text("text"));
    case "MERGE":
      return "waits for every branch";
    default:
      return subtype;
  }
}

function toText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** An expression without its braces; of a program, which says nothing in a line, that it is one. */
function bare(text: string): string {
  const expression = text.replace(/^\{%\s*/, "").replace(/\s*%\}$/, "");
  return expression.includes(":=") ? "by an expression" : expression;
}

function describeRetries({ max_attempts: attempts = 1 }: WorkflowNode["retry_policy"] = {}): string {
  return attempts < 2 ? "" : ` · ${attempts - 1} ${attempts === 2 ? "retry" : "retries"}`;
}

function withoutScheme(url: string): string {
  return url.replace(/^https?:\/\//, "");
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** The schedules that people write most; of any other its expression. */
function describeCron(expression: string): string {
  const [, minute = "", hour = "", days = ""] =
    /^(\d{1,2}) (\d{1,2}(?:,\d{1,2})*) \* \* (\*|1-5|[0-7])$/.exec(expression) ?? [];
  if (minute === "") return expression;
  const times = hour.split(",").map((each) => `${each.padStart(2, "0")}:${minute.padStart(2, "0")}`);
  const time = times.join(", ");
  if (days === "*") return `daily at ${time}`;
  return days === "1-5" ? `weekdays at ${time}` : `${DAYS[Number(days)]}s at ${time}`;
}

const UNITS = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

function describeSeconds(seconds: number): string {
  const [size, unit] = UNITS.find(([each]) => seconds % each === 0 && seconds >= each) ?? [1, "second"];
  const count = seconds / size;
  return Number.isNaN(count) ? "" : `${count} ${unit}${count === 1 ? "" : "s"}`;
}
