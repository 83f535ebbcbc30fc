#!/usr/bin/env node
import { agentTeam } from "./agent-team.ts";

const interruption = new AbortController();
// Once: a second Ctrl-C ends us at once, and the tasks with us.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => interruption.abort());

process.exitCode = await agentTeam(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  signal: interruption.signal,
});
