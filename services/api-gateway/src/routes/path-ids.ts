import type { Operation } from "../openapi/operation.ts";

const NODE = "the id of the node in its workflow";

/** What the parameters of a path are, by the beginning of the path. */
const IDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "/v1/conversations/": {
    id: "the id of the conversation, which its caller chooses: 1 to 128 of A-Z a-z 0-9 . _ -; the first message begins it",
  },
  "/v1/turns/": { id: "the id of the turn: turn_id of its events" },
  "/v1/models/": { id: "the name of the model" },
  "/v1/workflows/": { id: "the id of the workflow" },
  "/v1/runs/": { id: "the id of the run", node: NODE },
  "/v1/hooks/": { workflow: "the id of the workflow", token: "the token of its webhook, which is the credential" },
  "/v1/approvals/": {
    run: "the id of the run",
    node: NODE,
    token: "the token of the link, which is the credential",
  },
};

/** The operation with what the parameters of its path are. */
export function withIds(operation: Operation): Operation {
  const [, ids] = Object.entries(IDS).find(([beginning]) => operation.path.startsWith(beginning)) ?? [];
  return { ...operation, ids };
}
