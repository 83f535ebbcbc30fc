/** Loads what a channel would load when it is made: under a fake clock each turn of the event loop may take a millisecond. */

import "../../src/resolver/cloud-map.ts";
import "../../src/resolver/endpoint-file.ts";
import "../../src/resolver/polling-resolvers.ts";
import "../../src/transport/own-http2.ts";
