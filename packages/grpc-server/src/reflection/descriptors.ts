import {
  createRegistry,
  type DescExtension,
  type DescFile,
  type DescService,
  type Registry,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** The .proto files of a set of services with their imports, by file name and by symbol. */
export class Descriptors {
  readonly #files = new Map<string, DescFile>();
  readonly #registry: Registry;

  constructor(services: readonly DescService[]) {
    for (const file of closure(services.map((desc) => desc.file))) this.#files.set(fileName(file), file);
    this.#registry = createRegistry(...this.#files.values());
  }

  file(name: string): DescFile | undefined {
    return this.#files.get(name);
  }

  /** The file that declares a message, enum, service or extension, or the method, field or value inside one. */
  fileOfSymbol(symbol: string): DescFile | undefined {
    const found =
      this.#registry.get(symbol) ?? this.#registry.get(symbol.slice(0, Math.max(0, symbol.lastIndexOf("."))));
    return found?.file;
  }

  fileOfExtension(extendee: string, number: number): DescFile | undefined {
    return this.#extensionsOf(extendee).find((extension) => extension.number === number)?.file;
  }

  /** Undefined when no message has this name. */
  extensionNumbers(extendee: string): number[] | undefined {
    if (this.#registry.getMessage(extendee) === undefined) return undefined;
    return this.#extensionsOf(extendee).map((extension) => extension.number);
  }

  #extensionsOf(extendee: string): DescExtension[] {
    return [...this.#registry]
      .filter((desc) => desc.kind === "extension")
      .filter((extension) => extension.extendee.typeName === extendee);
  }
}

/** A file and everything it imports, each once, serialized. */
export function serializeWithImports(file: DescFile): Uint8Array[] {
  return closure([file]).map((each) => toBinary(FileDescriptorProtoSchema, each.proto));
}

function closure(roots: readonly DescFile[]): DescFile[] {
  const files = new Set<DescFile>(roots);
  // The iteration of a Set includes entries that are added during it, so it ends when all imports are in the set.
  for (const file of files) for (const dependency of file.dependencies) files.add(dependency);
  return [...files];
}

/** A descriptor's name has no suffix; imports, and thus reflection clients, use one. */
function fileName(file: DescFile): string {
  return `${file.name}.proto`;
}
