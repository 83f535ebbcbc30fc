// Connect's declarations name the DOM's `HeadersInit`, which @types/node 24 leaves out although Node has `Headers`.
// The whole DOM library would bring it, and `window` too.

type HeadersInit = NonNullable<ConstructorParameters<typeof Headers>[0]>;
