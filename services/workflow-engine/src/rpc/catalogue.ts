import type { WorkflowEngineService } from "@agent-team/contracts";
import type { ServiceImpl } from "@connectrpc/connect";
import { catalogueVersion, configurationSchemaOf, nodeKinds } from "../nodes/catalogue.ts";
import { validate } from "../validate/validate.ts";
import { badRequest } from "./errors.ts";

type Handlers = Pick<ServiceImpl<typeof WorkflowEngineService>, "listNodeTypes" | "validateWorkflow">;

/** What can be said without a store. */
export const catalogueHandlers: Handlers = {
  listNodeTypes() {
    const nodeTypes = nodeKinds.map((kind) => ({
      type: kind.type,
      subtype: kind.subtype,
      description: kind.description,
      configurationSchema: configurationSchemaOf(kind),
      outputKeys: [...kind.outputKeys],
    }));
    return { nodeTypes, catalogueVersion };
  },
  validateWorkflow({ spec }) {
    if (spec === undefined) throw badRequest("spec", "expected a workflow");
    return { issues: [...validate(spec)] };
  },
};
