import { losingAnAgent } from "./losing-an-agent.ts";
import { manyReaders } from "./many-readers.ts";
import { manyTurns } from "./many-turns.ts";
import type { ServicesScenario } from "./scenario.ts";

export const turns: ServicesScenario = {
  slug: "turns",
  fault: "the agent that answers, or the gateway, is lost",
  cases: [...losingAnAgent, ...manyTurns, ...manyReaders],
};
