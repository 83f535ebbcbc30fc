/**
 * What HPACK costs per header block of a unary call, on a connection that has been used before. `request`: prepared constant fields and a
 * `grpc-timeout` that differs in each call. `without preparing`: the same fields as one list. `response`, `trailers`: blocks that come
 * again, as from node:http2. `new trailers`: literals, one with a value that differs in each call, so that no block is equal to the one
 * before. `new response`: the same of a response.
 */

import { type HeaderField, HpackDecoder, HpackEncoder } from "@agent-team/http2";
import type { Figures, RunOptions } from "./benchmark.ts";
import { cpuMicros } from "./cpu.ts";
import { median } from "./median.ts";

const BLOCKS_PER_ROUND = 10_000;
const ROUNDS = 100;
/** Rounds that do not count, for the JIT and for the dynamic tables. */
const WARM_UP_ROUNDS = 20;

/** What a Connect client sends with each call of a method. */
const METHOD: readonly HeaderField[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/agent_team.workflow_agent.v1.WorkflowAgent/SendMessage"],
  [":authority", "workflow-agent.agent-team-production.local:50051"],
  ["te", "trailers"],
  ["content-type", "application/grpc+proto"],
  ["user-agent", "agent-team-grpc-client/0.1.0"],
  ["x-tenant", "blue"],
];

const RESPONSE: readonly HeaderField[] = [
  [":status", "200"],
  ["content-type", "application/grpc+proto"],
  ["grpc-accept-encoding", "identity,deflate,gzip"],
  ["date", "Sun, 01 Feb 2026 00:00:00 GMT"],
];

const TRAILERS: readonly HeaderField[] = [
  ["grpc-status", "0"],
  ["grpc-message", "OK"],
];

/** Values that differ between neighbouring calls, made before the clock runs. */
const TIMEOUTS = Array.from({ length: 64 }, (_, i): readonly HeaderField[] => [["grpc-timeout", `${9_936 + i}m`]]);

interface Case {
  readonly name: string;
  /** Encodes or decodes one block; `i` counts them. */
  readonly run: (i: number) => unknown;
}

export async function hpack({ quick, progress }: RunOptions): Promise<Figures> {
  const rounds = quick ? 2 : ROUNDS;
  const cases = [requestCase(), unpreparedCase(), ...responseCases()].map((each) => ({ ...each, ns: [] as number[] }));
  for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round++) {
    progress(`round ${Math.max(0, round)} of ${rounds}`);
    for (const { run, ns } of cases) {
      const start = process.cpuUsage();
      for (let i = 0; i < BLOCKS_PER_ROUND; i++) run(i);
      if (round > 0) ns.push((cpuMicros(start) * 1e3) / BLOCKS_PER_ROUND);
    }
  }
  const ours = Object.fromEntries(cases.map(({ name, ns }) => [name, median(ns)]));
  const notes = [`ns of CPU time: medians of ${rounds} rounds of ${BLOCKS_PER_ROUND} blocks`];
  return { unit: "ns CPU per block", ours, peers: {}, notes };
}

function requestCase(): Case {
  const encoder = new HpackEncoder();
  const prepared = encoder.prepare(METHOD);
  const into = Buffer.alloc(4_096);
  return {
    name: "request",
    run: (i) => encoder.encodeInto(into, 0, TIMEOUTS[i & 63] as (typeof TIMEOUTS)[0], prepared),
  };
}

function unpreparedCase(): Case {
  const encoder = new HpackEncoder();
  const into = Buffer.alloc(4_096);
  const lists = TIMEOUTS.map((timeout) => [...METHOD, ...timeout]);
  return { name: "without preparing", run: (i) => encoder.encodeInto(into, 0, lists[i & 63] as (typeof lists)[0]) };
}

function responseCases(): readonly Case[] {
  const encoder = new HpackEncoder({ indexing: { choose: () => "indexed" } });
  const decoder = new HpackDecoder();
  for (const list of [RESPONSE, TRAILERS]) decoder.decode(encoder.encode(list));
  const response = encoder.encode(RESPONSE);
  const trailers = encoder.encode(TRAILERS);
  const varying = blocksOf((i) => [...TRAILERS, ["x-request", `request-${i}`]]);
  const literals = blocksOf((i) => [...RESPONSE.slice(0, -1), ["date", `Sun, 01 Feb 2026 00:00:${i} GMT`]]);
  const ofNew = new HpackDecoder();
  const ofLiterals = new HpackDecoder();
  return [
    { name: "response", run: () => decoder.decode(response) },
    { name: "trailers", run: () => decoder.decode(trailers) },
    { name: "new trailers", run: (i) => ofNew.decode(varying[i & 63] as Buffer) },
    { name: "new response", run: (i) => ofLiterals.decode(literals[i & 63] as Buffer) },
  ];
}

/** 64 blocks that no dynamic table is needed for. */
function blocksOf(listOf: (i: number) => readonly HeaderField[]): readonly Buffer[] {
  const encoder = new HpackEncoder({ indexing: { choose: () => "not-indexed" } });
  return TIMEOUTS.map((_, i) => encoder.encode(listOf(i)));
}
