// Builds dist: one file for import, one for require, and the types. ES2018, so that BigInt, optional chaining and the like are in neither. Secret
// ballots, which need BigInt, are a file apart, which nothing else loads; it is for import only, so that both share one copy of the rest.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const both = { bundle: true, target: "es2018", platform: "neutral", packages: "external", logLevel: "warning" };
const entries = { index: "src/index.ts", secret: "src/secret/index.ts" };
await build({ ...both, format: "esm", entryPoints: entries, splitting: true, chunkNames: "shared", outdir: "dist" });
await build({ ...both, format: "cjs", entryPoints: ["src/index.ts"], outfile: "dist/index.cjs" });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "--emitDeclarationOnly"], { stdio: "inherit" });
