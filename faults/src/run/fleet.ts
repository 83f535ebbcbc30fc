/** The hosts of one run: their processes, their proxies, and the discovery that lists them. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Place } from "../clients/client.ts";
import { BlackHole } from "../network/black-hole.ts";
import { FakeCloudMap } from "../network/cloud-map.ts";
import { ScriptedDnsServer } from "../network/dns-server.ts";
import { FaultProxy } from "../network/fault-proxy.ts";
import { Child } from "../process/child.ts";
import type { Action, Load, Topology } from "../scenario.ts";
import { type LoggedAttempt, readCallLogs } from "../servers/call-log.ts";
import type { PlainArgument, PlainQuestion } from "../servers/plain.ts";
import type { ServedArgument } from "../servers/served.ts";
import { freePort, hostAddress, zonesOf } from "./addresses.ts";

/** So short that both kinds of clients see changes within their own limits. */
const DNS_TTL_SECONDS = 2;

interface FleetParts {
  readonly network: number;
  readonly port: number;
  readonly logFolder: string;
  readonly dns: ScriptedDnsServer;
  readonly cloudMap: FakeCloudMap;
}

export class Fleet implements AsyncDisposable {
  readonly #topology: Topology;
  readonly #load: Load;
  readonly #seed: number;
  readonly #network: number;
  readonly #port: number;
  readonly #logFolder: string;
  readonly #dns: ScriptedDnsServer;
  readonly #cloudMap: FakeCloudMap;
  /** By the number of the process's first host. */
  readonly #processes = new Map<number, Child>();
  readonly #blackHoles: BlackHole[] = [];
  readonly #proxies = new Map<number, FaultProxy>();

  private constructor(
    topology: Topology,
    load: Load,
    seed: number,
    { network, port, logFolder, dns, cloudMap }: FleetParts,
  ) {
    this.#topology = topology;
    this.#load = load;
    this.#seed = seed;
    this.#network = network;
    this.#port = port;
    this.#logFolder = logFolder;
    this.#dns = dns;
    this.#cloudMap = cloudMap;
  }

  /** Starts all hosts. Spare hosts run too, and are not listed. */
  static async start(topology: Topology, load: Load, seed: number, network: number): Promise<Fleet> {
    const port = await freePort(network);
    const logFolder = await mkdtemp(join(tmpdir(), "faults-"));
    const dns = await ScriptedDnsServer.listen("127.0.0.1", DNS_TTL_SECONDS);
    const cloudMap = await FakeCloudMap.listen(port);
    const fleet = new Fleet(topology, load, seed, { network, port, logFolder, dns, cloudMap });
    try {
      await fleet.#startAll();
      return fleet;
    } catch (error) {
      await fleet[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Variables with which AWS's SDK finds the fake Cloud Map, and no credentials of this machine. */
  get environment(): Readonly<Record<string, string>> {
    return this.#cloudMap.environment;
  }

  get place(): Place {
    const { discovery, hosts, tiers } = this.#topology;
    const listed = tiers?.flat() ?? range(hosts);
    const address = (index: number) => ({ host: this.addressOf(index), port: this.#port });
    return {
      discovery,
      addresses: listed.map(address),
      first: (tiers?.[0] ?? []).map(address),
      dnsServer: this.#dns.address,
      name: "service.faults.local",
      port: this.#port,
      zones: zonesOf(this.#network, this.#topology),
    };
  }

  addressOf(index: number): string {
    return hostAddress(index, this.#network, this.#topology);
  }

  get attempts(): readonly LoggedAttempt[] {
    return readCallLogs(this.#logFolder);
  }

  async apply(action: Action): Promise<void> {
    switch (action.kind) {
      case "dns":
        this.#dns.behaviour = action.behaviour;
        return;
      case "list":
        return this.#list(action.hosts);
      case "client":
        throw new Error("a fault of the client: its own process takes it");
      case "proxy":
        await Promise.all(action.hosts.map((index) => this.#proxyOf(index).setFault(action.fault)));
        return;
      case "signal":
        return this.#signal(action.hosts, action.signal);
      case "restart":
        await Promise.all(action.hosts.map((index) => this.#restart(index)));
        return;
      case "manner":
      case "goaway":
        await Promise.all(
          action.hosts.map((index) => this.#askHost(index, { ...action, host: this.addressOf(index) })),
        );
        return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#processes.values()].map((process) => process.kill()));
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy[Symbol.asyncDispose]()));
    await Promise.all(this.#blackHoles.map((hole) => hole[Symbol.asyncDispose]()));
    await this.#dns[Symbol.asyncDispose]();
    await this.#cloudMap[Symbol.asyncDispose]();
    await rm(this.#logFolder, { recursive: true });
  }

  async #startAll(): Promise<void> {
    const { hosts, spare = 0, hostsPerProcess = 1, tiers, down = [], blackHoles = [] } = this.#topology;
    this.#list(tiers?.slice(1).flat() ?? range(hosts));
    const all = range(hosts + spare);
    const isUp = (index: number): boolean => !down.includes(index) && !blackHoles.includes(index);
    const first = all.filter((index) => index % hostsPerProcess === 0 && isUp(index));
    await Promise.all(first.map((index) => this.#startProcess(index)));
    await Promise.all(blackHoles.map((index) => this.#startBlackHole(index)));
    if (this.#topology.proxied === true) await Promise.all(all.map((index) => this.#startProxy(index)));
  }

  async #startProcess(first: number): Promise<void> {
    const child =
      this.#topology.drain === undefined ? this.#plainHosts(first) : this.#servedHost(first, this.#topology.drain);
    this.#processes.set(first, child);
    await child.ask({ kind: "ready" } satisfies PlainQuestion);
  }

  #servedHost(index: number, drain: ServedArgument["drain"]): Child {
    const host = this.addressOf(index);
    const { serviceMs } = this.#load;
    const argument: ServedArgument = { host, port: this.#port, logFolder: this.#logFolder, serviceMs, drain };
    return new Child(`host ${index}`, "servers/served.ts", argument);
  }

  #plainHosts(first: number): Child {
    const { hosts, spare = 0, hostsPerProcess = 1, proxied } = this.#topology;
    const numbers = range(hosts + spare).slice(first, first + hostsPerProcess);
    const argument: PlainArgument = {
      hosts: numbers.map((index) => this.addressOf(index)),
      port: proxied === true ? this.#port + 1 : this.#port,
      logFolder: this.#logFolder,
      serviceMs: this.#load.serviceMs,
      seed: this.#seed + first,
    };
    return new Child(`host ${first}`, "servers/plain.ts", argument);
  }

  async #startProxy(index: number): Promise<void> {
    const host = this.addressOf(index);
    const proxy = new FaultProxy({ host, port: this.#port }, { host, port: this.#port + 1 });
    this.#proxies.set(index, proxy);
    await proxy.listen();
  }

  #list(hosts: readonly number[]): void {
    const addresses = hosts.map((index) => this.addressOf(index));
    this.#dns.addresses = addresses;
    this.#cloudMap.addresses = addresses;
  }

  async #startBlackHole(index: number): Promise<void> {
    this.#blackHoles.push(await BlackHole.start({ host: this.addressOf(index), port: this.#port }));
  }

  #signal(hosts: readonly number[], signal: NodeJS.Signals): void {
    for (const index of hosts) this.#processOf(index).signal(signal);
  }

  async #restart(index: number): Promise<void> {
    await this.#processOf(index).kill();
    await this.#startProcess(index);
  }

  #askHost(index: number, question: PlainQuestion): Promise<void> {
    return this.#processOf(index).ask(question);
  }

  #proxyOf(index: number): FaultProxy {
    const proxy = this.#proxies.get(index);
    if (proxy === undefined) throw new Error(`host ${index} of this topology has no proxy`);
    return proxy;
  }

  #processOf(index: number): Child {
    const { hostsPerProcess = 1 } = this.#topology;
    const child = this.#processes.get(index - (index % hostsPerProcess));
    if (child === undefined) throw new Error(`this topology has no host ${index}`);
    return child;
  }
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}
