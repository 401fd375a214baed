// Writes src/schema.ts and src/operations.ts from docs/openapi.json. `npm run generate`; CI does it again and compares.
//
// Of the document the schemas are kept as they are. Of the operations: method, path, under which name they are signed, and the types of
// body and answer. What each may be refused with stands in the document, and is left out here: it would be nine tenths of the file.
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const document = JSON.parse(readFileSync(new URL("../../../../docs/openapi.json", import.meta.url)));
const header = "// Generated from docs/openapi.json by scripts/generate.mjs; do not edit.\n";

const schemas = document.components.schemas;
const bare = (value) => {
  if (Array.isArray(value)) return value.map(bare);
  if (value === null || typeof value !== "object") return value;
  const out = Object.fromEntries(Object.entries(value).map(([k, v]) => [k, bare(v)]));
  for (const key of ["description", "pattern", "contentEncoding", "format", "additionalProperties", "minimum", "maximum"]) {
    if (key !== "additionalProperties" && typeof out[key] !== "object") delete out[key];
    if (key === "additionalProperties" && out[key] === false) delete out[key];
  }
  return out;
};
const ast = await openapiTS({ openapi: "3.1.0", info: { title: "", version: "" }, paths: {}, components: { schemas: bare(schemas) } });
const types = astToString(ast).replace(/export type paths[^;]*;\n|export type webhooks[^;]*;\n|export type \$defs[^;]*;\n|export type operations[^;]*;\n/g, "");
writeFileSync(new URL("../src/schema.ts", import.meta.url), header + types.replace(/^    +/gm, (s) => " ".repeat(s.length / 4)));

const named = (schema) => {
  if (!schema) return "undefined";
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  return ref ? `S[${JSON.stringify(ref.split("/").pop())}]` : "unknown";
};
const rows = [], kinds = [];
for (const [path, methods] of Object.entries(document.paths)) {
  for (const [method, op] of Object.entries(methods)) {
    const media = op.requestBody ? Object.values(op.requestBody.content)[0].schema : undefined;
    let done = op.responses["201"] ?? op.responses["200"] ?? {};
    if (done.$ref) done = document.components.responses[done.$ref.split("/").pop()];
    rows.push(` ${JSON.stringify(op.operationId)}: ${JSON.stringify([method.toUpperCase(), path, op["x-signed-as"] ?? ""].join(" ").trim())},`);
    kinds.push(` ${JSON.stringify(op.operationId)}: { body: ${named(media)}; answer: ${named(done.content?.["application/json"]?.schema)} };`);
  }
}
writeFileSync(new URL("../src/operations.ts", import.meta.url), `${header}import type { components } from "./schema";

type S = components["schemas"];

/** Method, path, and the name that is signed. */
export const operations = {
${rows.sort().join("\n")}
} as const;

/** What each takes and answers. */
export interface Operations {
${kinds.sort().join("\n")}
}
`);
