import type { WorkflowEngineService } from "@agent-team/contracts";
import type { ServiceImpl } from "@connectrpc/connect";
import { availabilityOf, CATALOGUE_VERSION, configurationSchemaOf, NODE_KINDS } from "../nodes/catalogue.ts";
import { CHECKING_LANE, type Validator } from "../validate/validator.ts";
import { answering, badRequest } from "./errors.ts";
import { boundedIssues } from "./violations.ts";

type Handlers = Pick<ServiceImpl<typeof WorkflowEngineService>, "listNodeTypes" | "validateWorkflow">;

/** The methods that need no store: the catalogue, and validation without storing. */
export function catalogueHandlers(validator: Validator): Handlers {
  return {
    listNodeTypes() {
      const nodeTypes = NODE_KINDS.map((kind) => ({
        type: kind.type,
        subtype: kind.subtype,
        description: kind.description,
        configurationSchema: configurationSchemaOf(kind),
        outputKeys: [...kind.outputKeys],
        availability: availabilityOf(kind),
        limitation: kind.limitation ?? "",
      }));
      return { nodeTypes, catalogueVersion: CATALOGUE_VERSION };
    },
    validateWorkflow: answering(async ({ spec }, owner, signal) => {
      if (spec === undefined) throw badRequest("spec", "expected a workflow");
      return { issues: [...boundedIssues(await validator.validate(spec, { owner, lane: CHECKING_LANE, signal }))] };
    }),
  } satisfies Handlers;
}
