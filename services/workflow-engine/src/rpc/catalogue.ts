import type { WorkflowEngineService } from "@agent-team/contracts";
import type { ServiceImpl } from "@connectrpc/connect";
import { availabilityOf, catalogueVersion, configurationSchemaOf, nodeKinds } from "../nodes/catalogue.ts";
import type { Validator } from "../validate/validator.ts";
import { checkingLane } from "../validate/validator.ts";
import { answering, badRequest } from "./errors.ts";
import { boundedIssues } from "./violations.ts";

type Handlers = Pick<ServiceImpl<typeof WorkflowEngineService>, "listNodeTypes" | "validateWorkflow">;

/** What can be said without a store. */
export function catalogueHandlers(validator: Validator): Handlers {
  return {
    listNodeTypes() {
      const nodeTypes = nodeKinds.map((kind) => ({
        type: kind.type,
        subtype: kind.subtype,
        description: kind.description,
        configurationSchema: configurationSchemaOf(kind),
        outputKeys: [...kind.outputKeys],
        availability: availabilityOf(kind),
        limitation: kind.limitation ?? "",
      }));
      return { nodeTypes, catalogueVersion };
    },
    validateWorkflow: answering(async ({ spec }, owner, signal) => {
      if (spec === undefined) throw badRequest("spec", "expected a workflow");
      return { issues: [...boundedIssues(await validator.validate(spec, { owner, lane: checkingLane, signal }))] };
    }),
  } satisfies Handlers;
}
