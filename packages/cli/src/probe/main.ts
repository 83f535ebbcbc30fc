#!/usr/bin/env node
// `grpc_health_probe`: asks one server for its health and says it by the exit code. The health check of our containers.

// The clock alone: to load the whole channel, every ten seconds in every task, would cost more than the check.
import { systemClock } from "@agent-team/grpc-client/clock";
import { probe } from "./probe.ts";

process.exitCode = await probe(process.argv.slice(2), systemClock, (line) => console.error(line));
