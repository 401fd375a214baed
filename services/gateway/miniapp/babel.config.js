// Engines of mini-programs are as old as the telephone: ES2018 and nothing newer. Secret polls' arithmetic, which needs BigInt, has a package of its own.
module.exports = {
  presets: [["taro", { framework: "react", ts: true, compiler: "webpack5", targets: { chrome: "67", ios: "12" }, useBuiltIns: false }]],
};
