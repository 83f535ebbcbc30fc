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
   * Whether a drain waits for this service's calls. Default true. False for streams that clients keep open without end,
   * such as health Watch: they end when listening ends.
   */
  readonly holdsDrain?: boolean | undefined;
  /**
   * Whether calls need no identity. Default false. True for services that probes and tools call; their handlers get no
   * identity.
   */
  readonly isOpen?: boolean | undefined;
}

/**
 * Binds handlers to a service. They have Connect's types, so another server underneath does not change them.
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
