/** As e2e/test/survival.test.ts, over TLS and by Cloud Map's API alone, without DNS or a load balancer as a lower tier. */

import { agentTeamServices } from "@agent-team/local-cloud";
import { test } from "vitest";
import { cloudOfTest } from "../test/support/cloud.ts";
import { killWhileAnswering } from "../test/support/kill-while-answering.ts";
import { rollUnderLoad } from "../test/support/load.ts";

const services = agentTeamServices({ environment: { PLANNER_PACE_MS: "20" } });

test("an agent that is killed in the middle of its answer, and a rolling replacement under load, cost no character and no call", async () => {
  await using cloud = await cloudOfTest("127.22.0.0/16", { services, discovery: "cloudmap", tls: true });
  await killWhileAnswering(cloud);
  await rollUnderLoad(cloud);
});
