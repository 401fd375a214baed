// Runs the tests of src/models: esbuild makes one module of them, which is taken in from memory.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const made = await build({
  absWorkingDir: dirname(fileURLToPath(import.meta.url)),
  entryPoints: ["src/models/models_test.ts"],
  bundle: true,
  write: false,
  format: "esm",
  platform: "node",
  target: "node20",
});
await import("data:text/javascript;base64," + Buffer.from(made.outputFiles[0].contents).toString("base64"));
