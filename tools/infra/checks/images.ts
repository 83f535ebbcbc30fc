import { servicesOf } from "../network/tasks.ts";
import { blocksIn, isObject, toText } from "../state/json.ts";
import { type Region, resourcesIn } from "../state/region.ts";
import { outOfRange } from "./range.ts";

/** Images that are left to go back to. */
const KEPT = [10, 100] as const;

/**
 * Each service runs its own image, of the tag that was asked for. A tag stays the same image: a rollback goes back to what
 * ran, and two tasks of one revision are the same.
 */
export function checkImages(region: Region): readonly string[] {
  const repositories = new Map(region.resources("aws_ecr_repository").map((each) => [each.address, each.values]));
  const prefix = toText(region.only("aws_ecs_cluster").values["name"]);
  return servicesOf(region).flatMap(({ name, container, definition }) => {
    const image = toText(container.values["image"]);
    const [address = "none"] = resourcesIn(image);
    const repository = repositories.get(address);
    if (repository === undefined) return [`${name}: its image comes from ${address}, which is no repository of ours`];
    const mutability = toText(repository["image_tag_mutability"] ?? "MUTABLE");
    const [platform] = blocksIn(definition.values, "runtime_platform");
    const tag = `0123abc-${toText(platform?.["cpu_architecture"]).toLowerCase()}`;
    return [
      ...(repository["name"] === `${prefix}/${name}`
        ? []
        : [`${name}: its image comes from ${toText(repository["name"])}: expected ${prefix}/${name}`]),
      ...(image === `${address}.repository_url:${tag}`
        ? []
        : [`${name}: its image is ${image}: expected its repository's URL and the tag ${tag}`]),
      ...(mutability === "IMMUTABLE"
        ? []
        : [`${address} is ${mutability}: a tag may lead to another image tomorrow, and a rollback to what never ran`]),
      ...kept(address, toText(repository["name"]), region),
    ];
  });
}

function kept(address: string, name: string, region: Region): readonly string[] {
  const policies = region.resources("aws_ecr_lifecycle_policy").filter(({ values }) => values["repository"] === name);
  const rules = policies.flatMap(({ values }) => blocksIn(values["policy"], "rules"));
  if (rules.length === 0) return [`${address} keeps every image: expected a lifecycle policy`];
  return rules.flatMap(({ selection }) =>
    outOfRange(
      address,
      "the number of images that are kept",
      isObject(selection) ? selection["countNumber"] : null,
      KEPT,
    ),
  );
}
