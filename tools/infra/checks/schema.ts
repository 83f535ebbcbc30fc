import { blocksOfKind } from "../plan/configuration.ts";
import { conform } from "../schema/conformance.ts";
import type { Snapshot } from "../schema/snapshot.ts";
import { placeOf, type Subject } from "./subject.ts";

/** Each argument and each block of each resource is one that every version of the provider knows, and none is missing. */
export function checkSchema({ configurations, snapshots }: Subject): readonly string[] {
  const findings = [...configurations].flatMap(([folder, configuration]) =>
    snapshots.flatMap((snapshot) =>
      ["resource", "data"].flatMap((kind) =>
        blocksOfKind(configuration, kind)
          .filter(({ type }) => type.startsWith("aws_"))
          .flatMap((block) =>
            against(snapshot, kind, block.type, block.body).map((finding) => `${placeOf(folder, block)}: ${finding}`),
          ),
      ),
    ),
  );
  return [...new Set(findings)];
}

function against(
  snapshot: Snapshot,
  kind: string,
  type: string,
  body: Parameters<typeof conform>[0],
): readonly string[] {
  const schema = (kind === "data" ? snapshot.data : snapshot.resources)[type];
  if (schema === undefined) return [`no ${type} in schema/aws-${snapshot.version}.json: npm run infra:schema`];
  return conform(body, schema).map((finding) => `${finding} (provider ${snapshot.version})`);
}
