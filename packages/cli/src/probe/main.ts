#!/usr/bin/env node
// `grpc_health_probe`: asks one server for its health and says it by the exit code. The health check of our containers.

import { systemClock } from "@agent-team/grpc-client";
import { probe } from "./probe.ts";

process.exitCode = await probe(process.argv.slice(2), systemClock, (line) => console.error(line));
