// Numbers modules by where they are below services/gateway, in order. What webpack has for this looks at whole paths, and the build must be the
// same wherever it is made: .ci/run compares it with the one that is committed.
module.exports = class Ids {
  constructor(base) {
    this.base = base;
  }

  apply(compiler) {
    const nameOf = (m) => m.identifier().split(this.base).join("").split(encodeURIComponent(this.base)).join("");
    compiler.hooks.compilation.tap("Ids", (compilation) => {
      compilation.hooks.moduleIds.tap("Ids", (modules) => {
        const graph = compilation.chunkGraph;
        const named = Array.from(modules).filter((m) => m.needId && graph.getNumberOfModuleChunks(m) > 0 && graph.getModuleId(m) === null)
          .map((m) => [nameOf(m), m]);
        named.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
        named.forEach(([, m], i) => graph.setModuleId(m, i + 1));
      });
    });
  }
};
