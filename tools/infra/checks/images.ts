import { servicesOf } from "../network/tasks.ts";
import type { Instance } from "../state/block.ts";
import type { Region } from "../state/region.ts";
import { compare, type Findings } from "./findings.ts";

/** The tag that infra/states gives. */
const TAG = "0123abc";

/** The number of images that stay for a rollback. */
const KEPT = [10, 100] as const;

/** Each service runs its own image, under the given tag, and the tag never leads to another image. */
export function* checkImages(region: Region): Findings {
  const prefix = region.only("aws_ecs_cluster").text("name");
  for (const { name, container, definition } of servicesOf(region)) {
    const repository = region.find(container.block.refs("image")[0]);
    if (repository === undefined) {
      yield `${name}: its image comes from ${container.block.text("image")}, which is no repository of ours`;
      continue;
    }
    const architecture = definition.block("runtime_platform").text("cpu_architecture").toLowerCase();
    yield* compare(name, container.block, { image: `${repository.address}.repository_url:${TAG}-${architecture}` });
    yield* compare(`${name}: its repository`, repository, { name: `${prefix}/${name}` });
    yield* compare(
      repository.address,
      repository,
      { image_tag_mutability: "IMMUTABLE" },
      "a rollback would find another image",
    );
    yield* checkKept(repository, region);
  }
}

function* checkKept(repository: Instance, region: Region): Findings {
  const rules = region
    .resources("aws_ecr_lifecycle_policy")
    .filter((policy) => policy.text("repository") === repository.text("name"))
    .flatMap((policy) => policy.blocks("policy", "rules", "selection"));
  if (rules.length === 0) yield `${repository.address} keeps every image: expected a lifecycle policy`;
  for (const rule of rules) yield* compare(`${repository.address}, images that are kept`, rule, { countNumber: KEPT });
}
