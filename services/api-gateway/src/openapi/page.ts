import type { OpenApiDocument } from "./document.ts";
import type { JsonSchema } from "./operation.ts";

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color-scheme: light dark }
summary { cursor: pointer } code, pre { font-size: 14px } pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 }
summary b { display: inline-block; min-width: 4.5rem } details > :not(summary) { margin: 0.5rem 0 1rem 1.1rem }
table { border-collapse: collapse; width: calc(100% - 1.1rem) } caption { text-align: left; font-weight: bold }
td, th { text-align: left; vertical-align: top; padding: 0.25rem 1rem 0.25rem 0; border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent) }`;

/** The parts of a document that the page shows, as `openApiDocument` writes them. */
interface ShownOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly description?: string }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
  /** Empty: needs no credential. */
  readonly security?: readonly unknown[];
}

/** By media type. */
type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

/** The document as a page for people, without a script: it works where a policy runs nothing. */
export function documentPage({ info, paths, components }: OpenApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      operationHtml(method, path, operation as unknown as ShownOperation),
    ),
  );
  const schemas = Object.entries(components.schemas).map(([name, schema]) => typeHtml(name, schema));
  const title = escape(String(info["title"]));
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><style>${STYLE}</style>
<h1>${title}</h1><p>${escape(String(info["description"]))} For programs: <a href="/openapi.json">openapi.json</a>.</p>
<h2>Operations</h2>${operations.join("\n")}<h2>Types</h2>${schemas.join("\n")}</html>`;
}

function operationHtml(method: string, path: string, operation: ShownOperation): string {
  const { operationId, summary, parameters, requestBody, responses, security } = operation;
  const body = requestBody && [[requestBody.required ? "required" : "optional", contentHtml(requestBody.content)]];
  const answers = Object.entries(responses).map(([status, { description, content = {} }]) => [
    status,
    escape(description),
    contentHtml(content),
  ]);
  return `<details id="${escape(operationId)}"><summary><b>${escape(method.toUpperCase())}</b> <code>${escape(path)}</code> ${escape(summary)}</summary>${[
    security?.length === 0 ? "<p>Needs no credential.</p>" : "",
    tableHtml(
      "Parameters",
      parameters.map((each) => [`<code>${escape(each.name)}</code>`, each.in, escape(each.description ?? "")]),
    ),
    tableHtml("Body", body ?? []),
    tableHtml("Answers", answers),
  ].join("")}</details>`;
}

/** The name is that of the content: a browser opens the details for a link into them. */
function typeHtml(name: string, schema: JsonSchema): string {
  return `<details><summary><code>${escape(name)}</code></summary><div id="${escape(name)}">${schemaHtml(schema)}</div></details>`;
}

/** `rows`: of cells of HTML. Empty for no row. */
function tableHtml(caption: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const lines = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`);
  return `<table><caption>${caption}</caption>${lines.join("")}</table>`;
}

function contentHtml(content: Content): string {
  return Object.entries(content)
    .map(([mediaType, { schema }]) => `<code>${escape(mediaType)}</code> ${schemaHtml(schema)}`)
    .join("<br>");
}

/** References are links to the type. */
function schemaHtml(schema: JsonSchema): string {
  const [, name] = /^#\/components\/schemas\/(\w+)$/.exec(String(schema["$ref"])) ?? [];
  if (name !== undefined) return `<a href="#${name}">${name}</a>`;
  const json = escape(JSON.stringify(schema, undefined, 2));
  return `<pre>${json.replaceAll(/#\/components\/schemas\/(\w+)/g, '<a href="#$1">$1</a>')}</pre>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
