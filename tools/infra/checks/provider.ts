import { bodies, textOf } from "../plan/configuration.ts";
import type { Subject } from "./subject.ts";

/** `~> 5.100.0` admits patches of 5.100. */
const PIN = /^~> (\d+\.\d+\.\d+)$/;

/** Each folder requires the version of the provider that the tests run on, and no other minor version. */
export function checkProvider({ configurations, snapshots }: Subject): readonly string[] {
  const known = snapshots.map(({ version }) => version);
  const pins = [...configurations].map(([folder, { settings }]) => {
    const providers = settings.flatMap((each) => bodies(each["required_providers"]));
    const [aws] = providers.map((each) => each["aws"]).filter((each) => each !== undefined);
    const version =
      typeof aws === "object" && aws !== null && "version" in aws ? textOf(aws["version"]) : "any version";
    return { folder: folder === "" ? "infra" : `infra/${folder}`, version };
  });
  const [first] = pins;
  return pins.flatMap(({ folder, version }) => [
    ...(known.includes(PIN.exec(version)?.[1] ?? "")
      ? []
      : [`${folder} takes ${version} of the AWS provider: expected ~> and one of ${known.join(", ")}`]),
    ...(version === first?.version
      ? []
      : [`${folder} takes ${version} of the AWS provider, ${first?.folder} ${first?.version}`]),
  ]);
}
