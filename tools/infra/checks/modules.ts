import { blocksOfKind } from "../plan/configuration.ts";
import { folderOf } from "./references.ts";
import { placeOf, type Subject } from "./subject.ts";

const META: ReadonlySet<string> = new Set(["source", "version", "providers", "count", "for_each", "depends_on"]);

/** Each call of a module gives what the module needs, and nothing that it does not take. */
export function checkModules({ configurations }: Subject): readonly string[] {
  return [...configurations].flatMap(([folder, configuration]) =>
    blocksOfKind(configuration, "module").flatMap((call) => {
      const called = configurations.get(folderOf(call));
      if (called === undefined) return [`${placeOf(folder, call)}: there is no HCL in ${folderOf(call)}`];
      const given = new Set(Object.keys(call.body).filter((name) => !META.has(name)));
      const variables = blocksOfKind(called, "variable");
      const names = new Set(variables.map(({ name }) => name));
      const needed = variables.filter(({ body }) => body["default"] === undefined).map(({ name }) => name);
      return [
        ...needed
          .filter((name) => !given.has(name))
          .map((name) => `${placeOf(folder, call)}: the input ${name} is missing`),
        ...[...given]
          .filter((name) => !names.has(name))
          .map((name) => `${placeOf(folder, call)}: ${folderOf(call)} has no variable ${name}`),
      ];
    }),
  );
}

/** People meet variables and outputs before anything else: each says what it is, and a variable its type. */
export function checkDescriptions({ configurations }: Subject): readonly string[] {
  return [...configurations].flatMap(([folder, configuration]) => {
    const variables = blocksOfKind(configuration, "variable");
    return [
      ...[...variables, ...blocksOfKind(configuration, "output")]
        .filter(({ body }) => typeof body["description"] !== "string" || body["description"].trim() === "")
        .map((block) => `${placeOf(folder, block)}: has no description`),
      ...variables
        .filter(({ body }) => body["type"] === undefined)
        .map((block) => `${placeOf(folder, block)}: has no type`),
    ];
  });
}
