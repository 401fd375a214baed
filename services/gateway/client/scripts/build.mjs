// Builds dist: one file for import, one for require, and the types. ES2018, so that BigInt, optional chaining and the like are in neither.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const both = { entryPoints: ["src/index.ts"], bundle: true, target: "es2018", platform: "neutral", external: ["tweetnacl"], logLevel: "warning" };
await build({ ...both, format: "esm", outfile: "dist/index.js" });
await build({ ...both, format: "cjs", outfile: "dist/index.cjs" });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "--emitDeclarationOnly"], { stdio: "inherit" });
