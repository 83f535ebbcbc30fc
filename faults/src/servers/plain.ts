/** A process with plain hosts. The runner changes their manners. */

import { answerParent, argumentOf } from "../process/answer.ts";
import type { Manner } from "./manner.ts";
import { PlainHost, type PlainHostInit } from "./plain-host.ts";

export interface PlainArgument extends Omit<PlainHostInit, "host"> {
  readonly hosts: readonly string[];
}

export type PlainQuestion =
  | { readonly kind: "ready" }
  | { readonly kind: "manner"; readonly host: string; readonly manner: Manner }
  | { readonly kind: "goaway"; readonly host: string };

const { hosts, ...init } = argumentOf<PlainArgument>();
const servers = new Map(hosts.map((host) => [host, new PlainHost({ ...init, host })]));
const listening = Promise.all([...servers.values()].map((server) => server.listen()));

answerParent(async (question: PlainQuestion) => {
  await listening;
  if (question.kind === "ready") return;
  const server = servers.get(question.host);
  if (server === undefined) throw new Error(`this process has no host ${question.host}`);
  if (question.kind === "manner") server.manner = question.manner;
  else server.goaway();
});
