// Compiles what the tests need, with esbuild, and runs them: node test/run.mjs
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const models = readdirSync("src/models").filter((f) => f.endsWith(".ts")).map((f) => `src/models/${f}`);
await build({
  entryPoints: models, outdir: "test/.out", bundle: true, format: "esm", platform: "neutral", outExtension: { ".js": ".mjs" }, logLevel: "warning",
});
const tests = readdirSync("test").filter((f) => f.endsWith(".test.mjs")).map((f) => `test/${f}`);
process.exit(spawnSync(process.execPath, ["--test", ...tests], { stdio: "inherit" }).status ?? 1);
