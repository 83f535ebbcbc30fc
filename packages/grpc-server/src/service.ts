import type { DescService } from "@bufbuild/protobuf";
import { createServiceImplSpec, type MethodImplSpec, type ServiceImpl } from "@connectrpc/connect";

/** A service with its handlers, ready for `serve()`. */
export interface ServedService {
  readonly desc: DescService;
  readonly methods: readonly MethodImplSpec[];
  /** See `ServiceOptions`. */
  readonly holdsDrain: boolean;
  /** See `ServiceOptions`. */
  readonly isOpen: boolean;
}

/** Options of one service of a server. */
export interface ServiceOptions {
  /**
   * Whether a drain waits for this service's calls. Default true. False for streams that their clients keep open
   * without end, such as health Watch: they end with the lame-duck time.
   */
  readonly holdsDrain?: boolean | undefined;
  /**
   * Whether anybody may call it, without an identity. Default false. True for what probes and tools ask, who have none:
   * its handlers get no identity then.
   */
  readonly isOpen?: boolean | undefined;
}

/**
 * Binds handlers to a service. They have Connect's types, so they stay when the server underneath changes.
 * A method without a handler answers UNIMPLEMENTED.
 */
export function service<Desc extends DescService>(
  desc: Desc,
  impl: Partial<ServiceImpl<Desc>>,
  options: ServiceOptions = {},
): ServedService {
  const spec = createServiceImplSpec(desc, impl);
  const { holdsDrain = true, isOpen = false } = options;
  return { desc, methods: Object.values(spec.methods), holdsDrain, isOpen };
}
