import { ApiError } from "../api-error.ts";

/** Reads the members of a request. A member of another type is AWS's SerializationException; any other fault is `refusal`. */
export class JsonInput {
  readonly #members: Readonly<Record<string, unknown>>;
  /** The service's error code for an invalid value, such as `InvalidParameterException`. */
  readonly refusal: string;

  constructor(members: unknown, refusal: string) {
    if (typeof members !== "object" || members === null || Array.isArray(members)) {
      throw new ApiError("SerializationException", "expected an object");
    }
    this.#members = members as Record<string, unknown>;
    this.refusal = refusal;
  }

  text(name: string): string | undefined {
    return this.#read(name, "a string", (value) => typeof value === "string");
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === "") throw this.refuse(`${name} is missing`);
    return value;
  }

  /** A value of the given list. */
  word<const Words extends readonly string[]>(name: string, words: Words): Words[number] | undefined {
    const value = this.text(name);
    if (value === undefined || words.includes(value)) return value;
    throw this.refuse(`${name}: expected ${words.join(", ")}, got ${value}`);
  }

  flag(name: string): boolean {
    return this.#read(name, "a boolean", (value): value is boolean => typeof value === "boolean") ?? false;
  }

  integer(name: string, min: number, max: number): number | undefined {
    const value = this.#read(name, "a number", (each): each is number => typeof each === "number");
    if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return value;
    throw this.refuse(`${name}: expected a whole number from ${min} to ${max}, got ${value}`);
  }

  /** An instant, which JSON 1.1 has as seconds since the epoch, in milliseconds. */
  instant(name: string): number {
    const value = this.#read(name, "a number of seconds", (each): each is number => typeof each === "number");
    if (value === undefined) throw this.refuse(`${name} is missing`);
    return value * 1_000;
  }

  texts(name: string): readonly string[] | undefined {
    const isTexts = (value: unknown): value is string[] =>
      Array.isArray(value) && value.every((each) => typeof each === "string");
    return this.#read(name, "a list of strings", isTexts);
  }

  /** A map of strings. */
  map(name: string): Readonly<Record<string, string>> {
    const isMap = (value: unknown): value is Record<string, string> =>
      typeof value === "object" && value !== null && Object.values(value).every((each) => typeof each === "string");
    return this.#read(name, "a map of strings", isMap) ?? {};
  }

  /** A list of structures. */
  structures(name: string): readonly JsonInput[] {
    const list = this.#read(name, "a list", (value): value is unknown[] => Array.isArray(value)) ?? [];
    return list.map((members) => new JsonInput(members, this.refusal));
  }

  refuse(message: string): ApiError {
    return new ApiError(this.refusal, message);
  }

  #read<T>(name: string, expected: string, is: (value: unknown) => value is T): T | undefined {
    const value = Object.hasOwn(this.#members, name) ? this.#members[name] : undefined;
    if (value === undefined || value === null) return undefined;
    if (!is(value)) throw new ApiError("SerializationException", `${name}: expected ${expected}`);
    return value;
  }
}
