const path = require("node:path");
const Ids = require("./ids");
const { gatewayOf } = require("./gateway");
const Worker = require("./worker");

const root = path.resolve(__dirname, "..");
const client = path.resolve(root, "../client/src");
const alias = {
  "@renlin/client": path.join(client, "index.ts"),
  tweetnacl: path.join(root, "node_modules/tweetnacl/nacl-fast.js"),
  "@": path.join(root, "src"),
};

// Sizes stand in one stylesheet, in units that a reader's own settings change; nothing is scaled by the width of the screen.
const postcss = { pxtransform: { enable: false }, cssModules: { enable: false } };

// tweetnacl asks Node for chance where there is no browser. There is no Node here, and chance comes from the platform (client/src/random.ts).
const chain = (c) => {
  c.merge({ resolve: { fallback: { crypto: false } }, optimization: { chunkIds: "natural", moduleIds: false } });
  c.plugin("ids").use(Ids, [path.resolve(root, "..")]);
};

module.exports = {
  projectName: "renlin",
  date: "2026-11-29",
  designWidth: 750,
  deviceRatio: { 750: 1 },
  sourceRoot: "src",
  outputRoot: process.env.TARO_ENV === "h5" ? "dist" : "build",
  framework: "react",
  compiler: { type: "webpack5", prebundle: { enable: false } },
  cache: { enable: false },
  // A mini-program is built for one gateway, whose domain the platform has on its list: RENLIN_GATEWAY=https://… npm run build:weapp.
  defineConstants: { RENLIN_GATEWAY: JSON.stringify(gatewayOf(process.env.RENLIN_GATEWAY)) },
  plugins: ["@tarojs/plugin-html"],
  alias: {
    ...alias,
    "@tarojs/components/global.css": path.join(__dirname, "nothing.js"),
    "@tarojs/components/dist/taro-components/taro-components.css": path.join(__dirname, "nothing.js"),
  },
  copy: { patterns: [], options: {} },
  mini: { compile: { include: [client] }, postcss, webpackChain: chain },
  h5: {
    publicPath: "/app/",
    router: { mode: "hash" },
    esnextModules: [],
    compile: { include: [client] },
    postcss: { ...postcss, autoprefixer: { enable: true } },
    output: { filename: "js/[name].js", chunkFilename: "js/[name].js" },
    miniCssExtractPluginOption: { ignoreOrder: true, filename: "css/[name].css", chunkFilename: "css/[name].css" },
    webpackChain: (c) => {
      chain(c);
      c.plugin("worker").use(Worker, [path.join(root, "src/worker.js")]);
      c.module.rule("router-style").test(/@tarojs[\\/]router[\\/]dist[\\/]/).pre().use("style").loader(path.join(__dirname, "style-loader.js"));
    },
  },
};
