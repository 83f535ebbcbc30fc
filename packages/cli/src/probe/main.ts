#!/usr/bin/env node
// `grpc_health_probe`: checks the health of one server, with the result as exit code. It is the health check of the containers.

// Imports the clock alone: every task runs the probe every ten seconds, and loading the channel costs more than the check.
import { systemClock } from "@agent-team/foundation/clock";
import { probe } from "./probe.ts";

process.exitCode = await probe(process.argv.slice(2), systemClock, (line) => console.error(line));
