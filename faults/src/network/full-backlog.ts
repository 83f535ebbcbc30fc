/** The process of a black hole. It listens, and its parent stops it then. */

import { once } from "node:events";
import { createServer } from "node:net";
import type { HostPort } from "@agent-team/foundation/host-port";
import { answerParent, argumentOf } from "../process/answer.ts";

const { host, port } = argumentOf<HostPort>();
const server = createServer().listen({ host, port, backlog: 1 });
const listening = once(server, "listening");

answerParent(async () => void (await listening));
