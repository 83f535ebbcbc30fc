#!/usr/bin/env node
import { interruptionSignal } from "@agent-team/local-cloud";
import { agentTeam } from "./agent-team.ts";

const { stdout } = process;
// A terminal of type dumb cannot move its cursor.
const terminal = stdout.isTTY && process.env["TERM"] !== "dumb" ? stdout : undefined;

process.exitCode = await agentTeam(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  terminal,
  signal: interruptionSignal(),
});
