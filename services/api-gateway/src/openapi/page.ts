import type { OpenApiDocument } from "./document.ts";
import type { JsonSchema } from "./operation.ts";

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color-scheme: light dark }
summary { cursor: pointer } code, pre { font-size: 14px } pre { overflow-x: auto; padding: 0 1rem }
summary b { display: inline-block; min-width: 4.5rem }`;

/** The document as a page for people, without a script: it works where a policy runs nothing. */
export function documentPage({ info, paths, components }: OpenApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationHtml(method, path, operation)),
  );
  const schemas = Object.entries(components.schemas).map(([name, schema]) =>
    details(name, `<code>${escape(name)}</code>`, schema),
  );
  const title = escape(String(info["title"]));
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><style>${STYLE}</style>
<h1>${title}</h1><p>${escape(String(info["description"]))} For programs: <a href="/openapi.json">openapi.json</a>.</p>
<h2>Operations</h2>${operations.join("\n")}<h2>Types</h2>${schemas.join("\n")}</html>`;
}

function operationHtml(method: string, path: string, operation: JsonSchema): string {
  const head = `<b>${escape(method.toUpperCase())}</b> <code>${escape(path)}</code> ${escape(String(operation["summary"]))}`;
  return details(String(operation["operationId"]), head, operation);
}

/** References are links to the type. */
function details(id: string, summaryHtml: string, value: JsonSchema): string {
  const json = escape(JSON.stringify(value, undefined, 2));
  const linked = json.replaceAll(/#\/components\/schemas\/(\w+)/g, '<a href="#$1">$1</a>');
  return `<details id="${escape(id)}"><summary>${summaryHtml}</summary><pre>${linked}</pre></details>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
