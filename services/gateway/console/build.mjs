// Builds dist out of src. What comes out depends on the sources and on package-lock.json alone, so that .ci/run console can hold it against
// what is committed: no date, no machine's path, no map.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const at = (...parts) => join(here, ...parts);

rmSync(at("dist"), { recursive: true, force: true });
mkdirSync(at("dist"));
const built = await build({
  absWorkingDir: here,
  metafile: true,
  entryPoints: { console: "src/main.tsx" },
  outdir: "dist",
  entryNames: "[name]-[hash]", // what is named by its contents may be kept for ever, and never meets what belongs to another build
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true, // a screen and a language are fetched when they are first needed
  format: "esm",
  target: ["es2022"],
  minify: true,
  charset: "utf8",
  jsx: "automatic",
  jsxImportSource: "preact",
  alias: { "@renlin/client": at("../client/src") },
  nodePaths: [at("node_modules")], // the client's own libraries come from our lockfile
  legalComments: "none", // in licences.txt, whole
  logLevel: "warning",
});
const outputs = Object.entries(built.metafile.outputs);
const [script, { cssBundle, imports }] = outputs.find(([, o]) => o.entryPoint === "src/main.tsx");
const served = (path) => "/console/" + basename(path);
const needed = imports.filter((i) => i.kind === "import-statement").map((i) => `<link rel="modulepreload" href="${served(i.path)}">\n`);
const page = readFileSync(at("src/index.html"), "utf8")
  .replace("/console/console.css", served(cssBundle))
  .replace(/<script .*console\.js.*\n/, (line) => needed.join("") + line.replace("/console/console.js", served(script)));
writeFileSync(at("dist/index.html"), page);
const licences = ["preact", "tweetnacl"].map((name) => {
  const { version } = JSON.parse(readFileSync(at("node_modules", name, "package.json"), "utf8"));
  return `${name} ${version}\n\n${readFileSync(at("node_modules", name, "LICENSE"), "utf8").trim()}\n`;
});
writeFileSync(at("dist/licences.txt"), licences.join("\n\n"));
