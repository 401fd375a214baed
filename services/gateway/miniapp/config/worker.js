// Writes worker.js beside a build, out of src/worker.js: with the names and hashes of everything that a browser loads, and a version that is
// made of them alone.
const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

module.exports = class Worker {
  constructor(source) {
    this.source = source;
  }

  apply(compiler) {
    const { Compilation, sources } = compiler.webpack;
    compiler.hooks.thisCompilation.tap("Worker", (compilation) => {
      compilation.fileDependencies.add(this.source);
      compilation.hooks.processAssets.tap({ name: "Worker", stage: Compilation.PROCESS_ASSETS_STAGE_REPORT }, (assets) => {
        const files = {};
        for (const name of Object.keys(assets).sort()) {
          if (/\.(html|js|css)$/.test(name)) files[name] = sha256(assets[name].buffer());
        }
        if (!files["index.html"] || !files["js/app.js"]) throw new Error("the build has no first page, or this plugin does not see it");
        const text = readFileSync(this.source, "utf8").replace("FILES;", `${JSON.stringify(files, null, 2)};`)
          .replace("VERSION;", `"${sha256(JSON.stringify(files)).slice(0, 16)}";`);
        compilation.emitAsset("worker.js", new sources.RawSource(text));
      });
    });
  }
};
