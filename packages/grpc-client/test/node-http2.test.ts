/** The stories of channels and their connections once more, over `node:http2`. */

import { useTransport } from "./support/bench.ts";

useTransport("node:http2");
await import("./channel.test.ts");
await import("./connections.test.ts");
await import("./hostile-peers.test.ts");
await import("./liveness.test.ts");
await import("./limits.test.ts");
await import("./health-watch.test.ts");
