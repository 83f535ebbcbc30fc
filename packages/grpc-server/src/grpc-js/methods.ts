/** The methods of a server: definitions and handlers come in, routes for connections go out. */

import { Status } from "@agent-team/grpc-client";
import type { IncomingCall, Route, WireCall } from "../wire.ts";
import { BaseCall } from "./base-call.ts";
import type { CallEnvironment, HandledMethod } from "./environment.ts";
import { handle } from "./handle.ts";
import type { GrpcJsMethodDefinition, GrpcJsServiceDefinition } from "./types.ts";

type Handler = HandledMethod["handler"];

export class Methods {
  readonly #environment: CallEnvironment;
  readonly #routes = new Map<string, Route>();

  constructor(environment: CallEnvironment) {
    this.#environment = environment;
  }

  get routes(): ReadonlyMap<string, Route> {
    return this.#routes;
  }

  /** @throws Error for a service without methods, and for a method that has a handler already */
  addService(service: GrpcJsServiceDefinition, implementation: Readonly<Record<string, unknown>>): void {
    const methods = Object.entries(service);
    if (methods.length === 0) throw new Error("Cannot add an empty service to a server");
    for (const [name, definition] of methods) {
      const { path, requestStream, responseStream } = definition;
      const handler = handlerOf(name, definition, implementation);
      const added = this.add({
        ...{ path, requestStream, responseStream, handler },
        deserialize: (bytes) => definition.requestDeserialize(bytes),
        serialize: (message) => definition.responseSerialize(message),
      });
      if (!added) throw new Error(`Method handler for ${path} already provided.`);
    }
  }

  /** False: the method has a handler already. */
  add(method: HandledMethod): boolean {
    if (this.#routes.has(method.path)) return false;
    this.#routes.set(method.path, new MethodRoute(method, this.#environment));
    return true;
  }

  /** False: no such method. */
  remove(path: string): boolean {
    const route = this.#routes.get(path);
    if (route instanceof MethodRoute) route.isRemoved = true;
    return this.#routes.delete(path);
  }
}

/** The handler under the method's name or its original one, else one that answers UNIMPLEMENTED. */
function handlerOf(
  name: string,
  { originalName, responseStream }: GrpcJsMethodDefinition,
  implementation: Readonly<Record<string, unknown>>,
): Handler {
  const own = implementation[name] ?? (originalName === undefined ? undefined : implementation[originalName]);
  if (own === undefined) return unimplemented(name, responseStream);
  return (own as Handler).bind(implementation);
}

function unimplemented(name: string, responseStream: boolean): Handler {
  const status = { code: Status.unimplemented, details: `The server does not implement the method ${name}` };
  if (!responseStream) return (_call, callback) => (callback as (error: object) => void)(status);
  return (call) => (call as { emit(event: string, error: object): void }).emit("error", status);
}

class MethodRoute implements Route {
  readonly streamsRequests: boolean;
  /** Connections keep the route of the last call: they may still know one that has been removed. */
  isRemoved = false;
  readonly #method: HandledMethod;
  readonly #environment: CallEnvironment;

  constructor(method: HandledMethod, environment: CallEnvironment) {
    this.streamsRequests = method.requestStream;
    this.#method = method;
    this.#environment = environment;
  }

  start(wire: WireCall): IncomingCall {
    const call = new BaseCall(this.#method, wire, this.#environment);
    if (this.isRemoved)
      call.sendStatus({ code: Status.unimplemented, details: `the server does not implement ${wire.path}` });
    else handle(this.#method, call, this.#environment);
    return call;
  }
}
