import { ApiError } from "../api-error.ts";

/** Reads the parameters of a request. Lists are numbered: `GroupId.1` in EC2, `Names.member.1` in the other services. */
export class QueryInput {
  readonly #parameters: URLSearchParams;

  constructor(parameters: URLSearchParams) {
    this.#parameters = parameters;
  }

  text(name: string): string | undefined {
    return this.#parameters.get(name) ?? undefined;
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === "") throw new ApiError("MissingParameter", `${name} is missing`);
    return value;
  }

  texts(name: string): readonly string[] {
    const found: string[] = [];
    for (let n = 1; ; n++) {
      const value = this.text(`${name}.${n}`) ?? this.text(`${name}.member.${n}`);
      if (value === undefined) return found;
      found.push(value);
    }
  }
}
