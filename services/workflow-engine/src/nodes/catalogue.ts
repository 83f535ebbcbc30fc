import { NodeAvailability, NodeTypeSchema } from "@agent-team/contracts";
import type { JsonObject } from "@bufbuild/protobuf";
import { z } from "zod";
import { contentHash } from "../canonical.ts";
import type { NodeKind } from "../node-kind.ts";
import { approval } from "./approval.ts";
import { cron } from "./cron.ts";
import { dataTransformation } from "./data-transformation.ts";
import { delay } from "./delay.ts";
import { forEach } from "./for-each.ts";
import { generate } from "./generate.ts";
import { httpRequest } from "./http-request.ts";
import { flowIf } from "./if.ts";
import { manual } from "./manual.ts";
import { merge } from "./merge.ts";
import { slack } from "./slack.ts";
import { webhook } from "./webhook.ts";

/** All kinds of node, in the order of the list that people see. */
export const NODE_KINDS: readonly NodeKind[] = [
  manual,
  cron,
  webhook,
  httpRequest,
  dataTransformation,
  flowIf,
  forEach,
  merge,
  delay,
  approval,
  slack,
  generate,
];

const BY_NAME = new Map(NODE_KINDS.map((kind) => [nameOf(kind), kind]));

/** The kind of a node; `undefined` when the catalogue has none. */
export function nodeKindOf(node: Pick<NodeKind, "type" | "subtype">): NodeKind | undefined {
  return BY_NAME.get(nameOf(node));
}

/** For instance "ACTION/HTTP_REQUEST". */
export function nameOf({ type, subtype }: Pick<NodeKind, "type" | "subtype">): string {
  return `${NodeTypeSchema.value[type]?.localName ?? type}/${subtype}`;
}

export function availabilityOf({ run, limitation }: NodeKind): NodeAvailability {
  if (run === undefined) return NodeAvailability.NOT_RUNNABLE_YET;
  return limitation === undefined ? NodeAvailability.AVAILABLE : NodeAvailability.MANUAL_START_ONLY;
}

/** JSON Schema 2020-12 of a kind's configuration, made from the schema that checks it. */
export function configurationSchemaOf(kind: NodeKind): JsonObject {
  return z.toJSONSchema(kind.configuration, { target: "draft-2020-12", io: "input" }) as JsonObject;
}

/** Differs for every other content of the catalogue. */
export const CATALOGUE_VERSION: string = contentHash(
  NODE_KINDS.map((kind) => ({
    name: nameOf(kind),
    description: kind.description,
    limitation: kind.limitation ?? "",
    schema: configurationSchemaOf(kind),
    outputs: [...kind.outputKeys],
  })),
).slice(0, 16);
