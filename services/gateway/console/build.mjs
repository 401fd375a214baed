// Builds dist out of src. What comes out depends on the sources and on package-lock.json alone, so that .ci/run console can hold it against
// what is committed: no date, no machine's path, no map.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const at = (...parts) => join(here, ...parts);

rmSync(at("dist"), { recursive: true, force: true });
mkdirSync(at("dist"));
await build({
  absWorkingDir: here,
  entryPoints: { console: "src/main.tsx" },
  outdir: "dist",
  bundle: true,
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
copyFileSync(at("src/index.html"), at("dist/index.html"));
const licences = ["preact", "tweetnacl"].map((name) => {
  const { version } = JSON.parse(readFileSync(at("node_modules", name, "package.json"), "utf8"));
  return `${name} ${version}\n\n${readFileSync(at("node_modules", name, "LICENSE"), "utf8").trim()}\n`;
});
writeFileSync(at("dist/licences.txt"), licences.join("\n\n"));
