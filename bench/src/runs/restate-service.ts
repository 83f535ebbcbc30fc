/**
 * A service of Restate whose handler has as many durable steps as it is asked for. Arguments: the main file of Restate's SDK, which is
 * installed on demand, and the port on which it serves.
 */

import { pathToFileURL } from "node:url";

/** The part of `@restatedev/restate-sdk` that is used here. */
interface Sdk {
  service(definition: { readonly name: string; readonly handlers: Readonly<Record<string, Handler>> }): object;
  serve(options: { readonly services: readonly object[]; readonly port: number }): Promise<unknown>;
}

type Handler = (context: Context, input: { readonly n: number; readonly steps: number }) => Promise<unknown>;

interface Context {
  run<T>(name: string, step: () => T): Promise<T>;
}

const [sdkFile = "", port = ""] = process.argv.slice(2);
const sdk = (await import(pathToFileURL(sdkFile).href)) as Sdk;

const chain = sdk.service({
  name: "chain",
  handlers: {
    async count(context, { n, steps }) {
      let value = { n };
      for (let at = 1; at <= steps; at++) value = await context.run(`n${at}`, () => ({ n: value.n + 1 }));
      return value;
    },
  },
});

await sdk.serve({ services: [chain], port: Number(port) });
