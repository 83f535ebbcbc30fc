/**
 * What is known of the methods of a stub. A stub gives only a path. The arity and the idempotency of methods come from the
 * definitions of its services, if the adapter has got them, and otherwise from how a call is made.
 */

import type { Method } from "../client-call.ts";
import { invalidArgument } from "../errors.ts";
import type { GrpcJsMethodDefinition, GrpcJsServiceDefinition } from "./grpc-js-types.ts";

/** Paths that are remembered without a definition. Code has hundreds of them; a proxy that takes any path must not fill the memory. */
const MAX_PATHS = 1_000;

/** A method of a path of which only the requests are known. */
interface Guesses {
  readonly whole: Method;
  readonly streamed: Method;
}

export class Methods {
  readonly #defined = new Map<string, Method>();
  readonly #guessed = new Map<string, Guesses>();

  /** @throws ChannelError `invalid_argument` for a value that is no definition. */
  constructor(services: readonly GrpcJsServiceDefinition[]) {
    for (const service of services) {
      if (service === null || typeof service !== "object") throw invalidArgument("services", EXPECTED, service);
      for (const definition of Object.values(service)) this.#define(definition);
    }
  }

  /** The method if its service has been given. */
  defined(path: string): Method | undefined {
    return this.#defined.get(path);
  }

  /**
   * The method of a call whose service has not been given. `isWhole`: all of its request is there, in one message or in none.
   * The response counts as a stream, since only the stub knows better: its parts are delivered as they come.
   */
  guess(path: string, isWhole: boolean): Method {
    let guesses = this.#guessed.get(path);
    if (guesses === undefined) {
      const streamed = { path, unaryRequest: false, unaryResponse: false, idempotent: false };
      guesses = { streamed, whole: { ...streamed, unaryRequest: true } };
      if (this.#guessed.size >= MAX_PATHS) this.#guessed.clear();
      this.#guessed.set(path, guesses);
    }
    return isWhole ? guesses.whole : guesses.streamed;
  }

  #define(definition: GrpcJsMethodDefinition): void {
    const { path, requestStream, responseStream } = definition ?? {};
    if (typeof path !== "string" || typeof requestStream !== "boolean" || typeof responseStream !== "boolean")
      throw invalidArgument("services", EXPECTED, definition);
    const idempotent = isIdempotent(definition.options);
    this.#defined.set(path, { path, unaryRequest: !requestStream, unaryResponse: !responseStream, idempotent });
  }
}

const EXPECTED = "definitions with path, requestStream and responseStream, as the `service` of a client class has";

/** google.protobuf.MethodOptions.IdempotencyLevel: NO_SIDE_EFFECTS = 1, IDEMPOTENT = 2. */
const IDEMPOTENT_LEVELS: ReadonlySet<unknown> = new Set(["NO_SIDE_EFFECTS", "IDEMPOTENT", 1, 2]);

function isIdempotent(options: object | undefined): boolean {
  if (options === undefined || options === null) return false;
  const { idempotency_level, idempotencyLevel } = options as Readonly<Record<string, unknown>>;
  return IDEMPOTENT_LEVELS.has(idempotency_level) || IDEMPOTENT_LEVELS.has(idempotencyLevel);
}
