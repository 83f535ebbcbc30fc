/** What an expression comes to before anything is created: values, and honest holes where only AWS knows. */

export type Value =
  | string
  | number
  | boolean
  | null
  | readonly Value[]
  | { readonly [name: string]: Value }
  | Unknown
  | Namespace
  | JsonText;

/** Something that exists only after the apply, such as a balancer's DNS name. */
export class Unknown {
  /** Where it comes from: `aws_lb.grpc.dns_name`. */
  readonly address: string;
  /** How a text would look that holds it, with `known-after-apply` in its place. */
  readonly sketch: string;

  constructor(address: string, sketch = "known-after-apply") {
    this.address = address;
    this.sketch = sketch;
  }
}

/** Something that answers by name when it is asked: `var`, `local`, `aws_lb`, one resource. */
export class Namespace {
  readonly address: string;
  readonly get: (name: string) => Value;

  constructor(address: string, get: (name: string) => Value) {
    this.address = address;
    this.get = get;
  }
}

/** What `jsonencode` was given, kept as a value: the text would hide what is in it. */
export class JsonText {
  readonly value: Value;

  constructor(value: Value) {
    this.value = value;
  }
}

export type ValueObject = { readonly [name: string]: Value };

export function isObject(value: Value | undefined): value is ValueObject {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Unknown || value instanceof Namespace || value instanceof JsonText)
  );
}

/** Whether nothing in it waits for the apply. */
export function isKnown(value: Value): boolean {
  if (value instanceof Unknown) return false;
  if (value instanceof JsonText) return isKnown(value.value);
  if (Array.isArray(value)) return value.every(isKnown);
  return !isObject(value) || Object.values(value).every(isKnown);
}

/** A value as text for people and templates, with sketches for what is not known. */
export function toText(value: Value): string {
  if (value === null) return "";
  if (value instanceof Unknown) return value.sketch;
  if (value instanceof Namespace) return value.address;
  if (value instanceof JsonText) return JSON.stringify(toPlain(value.value));
  return typeof value === "object" ? JSON.stringify(toPlain(value)) : String(value);
}

/** The same as plain data for JSON: sketches for what is not known. */
export function toPlain(value: Value): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toPlain(each)]));
  return typeof value === "object" && value !== null ? toText(value) : value;
}

/** The addresses of everything unknown in it. */
export function addressesIn(value: Value): string[] {
  if (value instanceof Unknown) return [value.address];
  if (value instanceof Namespace) return [value.address];
  if (value instanceof JsonText) return addressesIn(value.value);
  if (Array.isArray(value)) return value.flatMap(addressesIn);
  return isObject(value) ? Object.values(value).flatMap(addressesIn) : [];
}
