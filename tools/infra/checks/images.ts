import { toText } from "../hcl/value.ts";
import { servicesOf } from "../network/tasks.ts";
import { resourcesIn } from "../plan/instance.ts";
import { regionOf, type Subject } from "./subject.ts";

/** A tag is one image for ever: what a rollback goes back to is what ran, and two tasks of one revision are the same. */
export function checkImages(subject: Subject): readonly string[] {
  const region = regionOf(subject.plan());
  const repositories = new Map(region.resources("aws_ecr_repository").map((each) => [each.address, each.values]));
  return servicesOf(region).flatMap(({ name, container }) => {
    const [address = "none"] = resourcesIn(container.values["image"]);
    const repository = repositories.get(address);
    if (repository === undefined) return [`${name}: its image comes from ${address}, which is no repository of ours`];
    const mutability = toText(repository["image_tag_mutability"] ?? "MUTABLE");
    return mutability === "IMMUTABLE"
      ? []
      : [`${address} is ${mutability}: a tag may lead to another image tomorrow, and a rollback to what never ran`];
  });
}
