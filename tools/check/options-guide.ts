/**
 * docs/guides/options.md, made of the docstrings of the options. In: the source of an interface. Out: a table with default, range and
 * gRPC's name of each option, and its effect below. An option without a docstring or without a default is an error, so that the
 * docstrings stay complete.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./tool.ts";

const PACKAGE = join("packages", "grpc-client", "src");
const GUIDE = join("docs", "guides", "options.md");

const HEAD = `# Options

Generated from the docstrings of the code by \`npm run generate\`. Times are in ms, sizes in bytes. A value out of its range is refused
by \`createChannel\`, \`createConnectTransport\` or \`createGrpcJsChannel\` with the name of the option, the range and the value. [Calls](calls.md) and
[configuration](configuration.md) describe how they work together.
`;

interface Chapter {
  readonly title: string;
  readonly file: string;
  readonly type: string;
}

const CHAPTERS: readonly Chapter[] = [
  { title: "A channel: `createChannel`", file: "channel-options.ts", type: "ChannelOptions" },
  { title: "`outlierDetection`", file: "health-options.ts", type: "OutlierDetectionOptions" },
  { title: "`circuitBreaker`", file: "health-options.ts", type: "CircuitBreakerOptions" },
  { title: "`tls`", file: "transport.ts", type: "TlsOptions" },
  { title: "A call: `channel.call`", file: "client-call.ts", type: "CallOptions" },
  {
    title: "A Connect transport: `createConnectTransport`",
    file: join("adapters", "connect.ts"),
    type: "ConnectTransportOptions",
  },
  {
    title: "A channel for stubs of grpc-js: `createGrpcJsChannel`",
    file: join("adapters", "grpc-js.ts"),
    type: "GrpcJsChannelOptions",
  },
  {
    title: "Beside these: `createGrpcJsChannelFactory`",
    file: join("adapters", "grpc-js.ts"),
    type: "GrpcJsFactoryOptions",
  },
];

/** One option as its docstring describes it. */
export interface Option {
  readonly name: string;
  readonly effect: string;
  readonly default: string;
  readonly range: string;
  readonly grpcName: string;
}

const OPTION = /(?:\/\*\*(?<doc>(?:(?!\*\/)[^])*)\*\/\s*)?readonly (?<name>\w+)\??:/g;
const DEFAULT = /\bDefault:? (?<value>.+?)\.(?=\s|$)/;
const GRPC_NAME = /\s*\bgRPC: (?<value>.+?)\.(?=\s|$)/;
/** The second half of a default: "3,000; 100 to 60,000". */
const RANGE = /^(?<value>[^(]*?(?:\([^)]*\))?[^(;]*?); (?<range>\d.*)$/;

/** @throws Error that names the option whose docstring lacks something */
export function optionsOf(source: string, type: string): readonly Option[] {
  const start = source.search(new RegExp(`^export interface ${type} (extends \\w+ )?\\{`, "m"));
  if (start < 0) throw new Error(`expected an interface ${type}`);
  const body = source.slice(start, source.indexOf("\n}", start));
  return [...body.matchAll(OPTION)].map(({ groups }) => toOption(groups?.["name"] ?? "", groups?.["doc"]));
}

function toOption(name: string, doc: string | undefined): Option {
  if (doc === undefined) throw new Error(`the option ${name} has no docstring`);
  const text = doc.replaceAll(/\s*\n\s*\* ?/g, " ").trim();
  const stated = DEFAULT.exec(text);
  if (stated === null) throw new Error(`the docstring of the option ${name} has no "Default …"`);
  const value = stated.groups?.["value"] ?? "";
  const ranged = RANGE.exec(value)?.groups;
  return {
    name,
    effect: text.replace(stated[0], "").replace(GRPC_NAME, "").replaceAll(/\s+/g, " ").trim(),
    default: ranged?.["value"] ?? value,
    range: ranged?.["range"] ?? "",
    grpcName: GRPC_NAME.exec(text)?.groups?.["value"] ?? "",
  };
}

/** The chapter of one interface. */
export function chapterOf(title: string, options: readonly Option[]): string {
  const rows = options.map(
    (option) => `| \`${option.name}\` | ${option.default} | ${option.range} | ${option.grpcName} |`,
  );
  const effects = options.map(({ name, effect }) => `- **\`${name}\`** ${effect}`);
  const table = ["| option | default | range | gRPC's name |", "|---|---|---|---|", ...rows].join("\n");
  return `## ${title}\n\n${table}\n\n${effects.join("\n")}\n`;
}

function makeGuide(): string {
  const chapters = CHAPTERS.map(({ title, file, type }) => {
    const source = readFileSync(join(ROOT, PACKAGE, file), "utf8");
    return chapterOf(title, optionsOf(source, type));
  });
  return [HEAD, ...chapters].join("\n");
}

export function writeOptionsGuide(): void {
  writeFileSync(join(ROOT, GUIDE), makeGuide());
}

/** Whether the guide is what the docstrings say now. */
export function checkOptionsGuide(): string {
  const isCurrent = readFileSync(join(ROOT, GUIDE), "utf8") === makeGuide();
  return isCurrent ? "" : `${GUIDE} is not current. Run "npm run generate" and commit what it writes.`;
}
