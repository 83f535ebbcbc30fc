#!/usr/bin/env node
import { interruptionSignal } from "@agent-team/local-cloud";
import { agentTeam } from "./agent-team.ts";

process.exitCode = await agentTeam(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  signal: interruptionSignal(),
});
