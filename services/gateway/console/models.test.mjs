// Runs the tests of src/models: esbuild makes one module of them, in a directory that is gone afterwards.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const made = mkdtempSync(join(tmpdir(), "console-models-"));
after(() => rmSync(made, { recursive: true }));
await build({
  absWorkingDir: dirname(fileURLToPath(import.meta.url)),
  entryPoints: ["src/models/models_test.ts"],
  outfile: join(made, "models_test.mjs"),
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
});
await import(pathToFileURL(join(made, "models_test.mjs")).href);
