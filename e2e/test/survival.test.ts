/**
 * Agents are killed, and replaced by SIGTERM, while they answer. The reader at the gateway notices nothing: the text continues where
 * it stopped, another agent finishes the same turn, and no call fails.
 */

import { agentTeamServices } from "@agent-team/local-cloud";
import { test } from "vitest";
import { cloudOfTest } from "./support/cloud.ts";
import { killWhileAnswering } from "./support/kill-while-answering.ts";
import { rollUnderLoad } from "./support/load.ts";

/** Its pace keeps the longer answer under way for a second. */
const services = agentTeamServices({ environment: { PLANNER_PACE_MS: "20" } });

test("an agent that is killed in the middle of its answer, and a rolling replacement under load, cost no character and no call", async () => {
  await using cloud = await cloudOfTest("127.22.0.0/16", { services });
  await killWhileAnswering(cloud);
  await rollUnderLoad(cloud);
});
