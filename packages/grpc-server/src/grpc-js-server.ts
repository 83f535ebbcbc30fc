/**
 * The server of grpc-js's programs. In: definitions of services with their handlers, addresses, and the steps of its end. Out: calls to
 * the handlers. Its connections, limits and deadlines are those of `serve()`; it has no side port, no drain and no signals of its own.
 */

import type { Socket } from "node:net";
import { systemClock, type Timer } from "@agent-team/foundation/clock";
import { systemRandom } from "@agent-team/foundation/random";
import { DeadlineWheel } from "@agent-team/grpc-client/for-servers";
import { LiveCalls } from "./call/live-calls.ts";
import { limitRequests } from "./call/slow-requests.ts";
import { Listener, type ListenerOptions } from "./connection/listener.ts";
import { DEFAULT_CONNECTION_LIMITS } from "./connection-limits.ts";
import { formatListenAddress, type ListenAddress, parseListenAddress } from "./grpc-js/address.ts";
import { type ReadCredentials, readCredentials } from "./grpc-js/credentials.ts";
import type { HandledMethod } from "./grpc-js/environment.ts";
import { installedMetadataClass } from "./grpc-js/metadata.ts";
import { Methods } from "./grpc-js/methods.ts";
import { readServerOptions, type ServerSettings } from "./grpc-js/options.ts";
import type {
  GrpcJsImplementation,
  GrpcJsInterceptor,
  GrpcJsMetadataClass,
  GrpcJsServerCredentials,
  GrpcJsServiceDefinition,
} from "./grpc-js/types.ts";
import { type Limit, LimitCounts } from "./limits.ts";
import { stackOf } from "./loggable.ts";

/** Options of a server: those of grpc-js (`grpc.*`), see docs/guides/grpc-js.md. */
export interface ServerOptions {
  /** Stand between calls and their handlers; the first one is next to the connection. Default: none. */
  readonly interceptors?: readonly GrpcJsInterceptor[] | undefined;
  /** The class that handlers get their metadata in. Default: that of the @grpc/grpc-js beside this package. */
  readonly Metadata?: GrpcJsMetadataClass | undefined;
  readonly [name: string]: unknown;
}

/** Hands sockets to a server that others have accepted. */
export interface ConnectionInjector {
  injectConnection(socket: Socket): void;
  /** GOAWAY on the connections of now; those that are left after `graceTimeMs` are destroyed. */
  drain(graceTimeMs: number): void;
  /** No socket is taken any more; connections end with their last call. */
  destroy(): void;
}

/** The kinds of `register`. */
export type HandlerType = "unary" | "clientStream" | "serverStream" | "bidi";

/** One listening socket. */
interface BoundPort {
  readonly listener: Listener;
  readonly credentials: GrpcJsServerCredentials;
  readonly port: Promise<number>;
}

/** As grpc-js answers for a Unix socket. */
const PORT_OF_UNIX_SOCKETS = 1;

/** The class `Server` of grpc-js, on the connections of this package. */
export class Server {
  readonly #settings: ServerSettings;
  readonly #methods: Methods;
  readonly #calls = new LiveCalls(() => {});
  readonly #limits = new LimitCounts(warnOfLimit);
  readonly #slowRequests: Timer;
  readonly #ports = new Map<string, BoundPort>();
  readonly #listeners = new Set<Listener>();
  #isShutDown = false;
  #isStarted = false;

  /** @throws Error for an option that is refused, and without a class `Metadata`. A name that is not known is warned of */
  constructor(options: ServerOptions = {}) {
    this.#settings = readServerOptions(options, warnOfUnknown);
    this.#methods = new Methods({
      clock: systemClock,
      deadlines: new DeadlineWheel(systemClock),
      calls: this.#calls,
      Metadata: options.Metadata ?? installedMetadataClass(),
      maxSendMessageBytes: this.#settings.maxSendMessageBytes,
      interceptors: options.interceptors ?? [],
      onFault: warnOfFault,
    });
    this.#slowRequests = limitRequests({ clock: systemClock, calls: this.#calls, limits: this.#limits });
  }

  /** @throws Error for a service without methods, and for a method that has a handler already */
  addService<Service extends GrpcJsServiceDefinition>(
    service: Service,
    implementation: GrpcJsImplementation<Service>,
  ): void {
    if (!isObject(service) || !isObject(implementation))
      throw new Error("addService() requires two objects as arguments");
    this.#methods.addService(service, implementation);
  }

  /** Later calls end UNIMPLEMENTED; those in flight go on. */
  removeService(service: GrpcJsServiceDefinition): void {
    if (!isObject(service)) throw new Error("removeService() requires object as argument");
    for (const { path } of Object.values(service)) this.#methods.remove(path);
  }

  /** Adds one method. False: it has a handler already. */
  register(
    path: string,
    handler: (call: never, callback: never) => void,
    serialize: (message: never) => Uint8Array,
    deserialize: (bytes: Buffer) => unknown,
    type: HandlerType,
  ): boolean {
    return this.#methods.add({
      path,
      requestStream: type === "clientStream" || type === "bidi",
      responseStream: type === "serverStream" || type === "bidi",
      handler: handler as HandledMethod["handler"],
      serialize: serialize as HandledMethod["serialize"],
      deserialize,
    });
  }

  /** False: no such method. */
  unregister(path: string): boolean {
    return this.#methods.remove(path);
  }

  /** As in grpc-js since 1.0. @throws Error always */
  bind(_port: string, _credentials: GrpcJsServerCredentials): never {
    throw new Error("Not implemented. Use bindAsync() instead");
  }

  /**
   * Listens on `host:port`, `[::]:port` or `unix:/path`; port 0 is a free one. Calls come from then on.
   * @param callback gets the port, or an error of one line when the server cannot listen there
   * @throws Error after a shutdown, and for an address or credentials that cannot be read
   */
  bindAsync(
    port: string,
    credentials: GrpcJsServerCredentials,
    callback: (error: Error | null, port: number) => void,
  ): void {
    if (this.#isShutDown) throw new Error("bindAsync called after shutdown");
    if (typeof port !== "string") throw new TypeError("port must be a string");
    if (typeof callback !== "function") throw new TypeError("callback must be a function");
    const address = parseListenAddress(port);
    const read = readCredentials(credentials);
    this.#bind(address, credentials, read).then(
      (bound) => process.nextTick(callback, null, bound),
      (error: unknown) => process.nextTick(callback, error, 0),
    );
  }

  /** Serves connections that the program accepts by itself. */
  createConnectionInjector(credentials: GrpcJsServerCredentials): ConnectionInjector {
    const listener = this.#createListener(readCredentials(credentials));
    return {
      injectConnection: (socket) => listener.accept(socket),
      drain: (graceTimeMs) => listener.drain(graceTimeMs),
      destroy: () => listener.stopListening(),
    };
  }

  /** Ends listening on a port of `bindAsync`; its connections end with their last call. */
  unbind(port: string): void {
    const bound = this.#ports.get(keyOf(port, "unbind"));
    if (bound === undefined) return;
    this.#ports.delete(keyOf(port, "unbind"));
    // `bindAsync` has told its caller why it does not listen.
    bound.port.then(
      () => bound.listener.stopListening(),
      () => {},
    );
  }

  /** GOAWAY on the connections of a port; those that are left after `graceTimeMs` are destroyed. Later ones are served. */
  drain(port: string, graceTimeMs: number): void {
    this.#ports.get(keyOf(port, "drain"))?.listener.drain(graceTimeMs);
  }

  /** Without effect, as in grpc-js since 1.10: a server that has been bound accepts calls. @throws Error before that, and twice */
  start(): void {
    if (this.#listeners.size === 0) throw new Error("server must be bound in order to start");
    if (this.#isStarted) throw new Error("server is already started");
    this.#isStarted = true;
  }

  /** Ends listening; calls in flight go on, and `callback` is called when the last connection has closed. */
  tryShutdown(callback: (error?: Error) => void): void {
    const disconnected = [...this.#listeners].map((listener) => listener.disconnected());
    this.#stopListening();
    void Promise.all(disconnected).then(() => process.nextTick(callback));
  }

  /** Ends listening, all connections and their calls. */
  forceShutdown(): void {
    this.#stopListening();
    for (const listener of this.#listeners) listener.disconnect();
  }

  #stopListening(): void {
    this.#isShutDown = true;
    this.#ports.clear();
    const listeners = [...this.#listeners];
    for (const listener of listeners) listener.stopListening();
    // Until then a request that comes slowly has its limit, or a client could hold the shutdown without end.
    void Promise.all(listeners.map((listener) => listener.disconnected())).then(() => this.#slowRequests.cancel());
  }

  async #bind(address: ListenAddress, credentials: GrpcJsServerCredentials, read: ReadCredentials): Promise<number> {
    const known = this.#ports.get(formatListenAddress(address));
    if (known !== undefined) {
      if (known.credentials === credentials) return known.port;
      throw new Error(`${formatListenAddress(address)} already bound with incompatible credentials`);
    }
    const listener = this.#createListener(read);
    const port = this.#listen(listener, address);
    const bound = { listener, credentials, port };
    if (address.port !== 0 || address.host.startsWith("unix:")) this.#ports.set(formatListenAddress(address), bound);
    else this.#ports.set(formatListenAddress({ ...address, port: await port }), bound);
    return port;
  }

  async #listen(listener: Listener, { host, port }: ListenAddress): Promise<number> {
    const names = { hostVariable: "host", portVariable: "port" };
    try {
      const bound = await listener.listen({ host, port, ...names }, warnOfLostConnection);
      // A shutdown came first: a socket that does not listen yet cannot be closed.
      if (this.#isShutDown) listener.stopListening();
      return host.startsWith("unix:") ? PORT_OF_UNIX_SOCKETS : bound;
    } catch (error) {
      this.#listeners.delete(listener);
      this.#ports.delete(formatListenAddress({ host, port }));
      listener.stopListening(); // its certificates need not be watched any more
      throw error;
    }
  }

  #createListener({ tls, interceptors, watch }: ReadCredentials): Listener {
    if (interceptors.length > 0)
      throw new Error("credentials with interceptors: expected them as the option `interceptors` of the server");
    const listener = new Listener({ ...this.#listenerOptions(), tls });
    this.#listeners.add(listener);
    const stopWatch = watch((context) => listener.renew(context));
    void listener.disconnected().then(() => {
      stopWatch();
      this.#listeners.delete(listener);
    });
    return listener;
  }

  #listenerOptions(): ListenerOptions {
    const { maxReceiveMessageBytes, maxConcurrentStreams } = this.#settings;
    const { maxConnectionAgeMs: maxMs, maxConnectionAgeGraceMs: graceMs } = this.#settings;
    const { keepaliveTimeMs: timeMs, keepaliveTimeoutMs: timeoutMs, maxConnectionIdleMs } = this.#settings;
    return {
      ...{ maxReceiveMessageBytes, maxConcurrentStreams },
      connectionLimits: { ...DEFAULT_CONNECTION_LIMITS, maxConnectionIdleMs },
      age: { maxMs, graceMs },
      keepalive: { timeMs, timeoutMs },
      clock: systemClock,
      random: systemRandom,
      routes: this.#methods.routes,
      limits: this.#limits,
      onDefect: (path, thrown) => warnOfFault(path, "the call could not be answered", thrown),
    };
  }
}

/** @throws Error for port 0, which is the number of no bound port */
function keyOf(port: string, step: "drain" | "unbind"): string {
  const address = parseListenAddress(port);
  if (address.port === 0 && !address.host.startsWith("unix:")) throw new Error(`Cannot ${step} port 0`);
  return formatListenAddress(address);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function warnOfUnknown(name: string): void {
  warn(`the option ${name} is not known to this server, and does not act`);
}

/** The caller gets a code. Without this line the error would be lost, as it is with grpc-js. */
function warnOfFault(path: string, what: string, error: unknown): void {
  warn(`${path}: ${what}: ${stackOf(error)}`);
}

let hasWarnedOfConnections = false;

/** grpc-js has no such limit: a program that moves here must learn of it, once. */
function warnOfLimit(limit: Limit): void {
  if (limit !== "connections" || hasWarnedOfConnections) return;
  hasWarnedOfConnections = true;
  warn(`${DEFAULT_CONNECTION_LIMITS.maxConnections} connections are open; more are refused until some close`);
}

function warnOfLostConnection(error: Error): void {
  warn(`a connection could not be accepted: ${error.message}`);
}

function warn(message: string): void {
  process.emitWarning(message, "GrpcServerWarning");
}
