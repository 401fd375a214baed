export default defineAppConfig({
  pages: ["pages/screen/index"],
  subPackages: [{ root: "secret", pages: ["index"] }], // the arithmetic of secret ballots, which only whoever casts one must load
  window: { navigationBarTitleText: "韧邻", navigationBarBackgroundColor: "#fdfcf8", navigationBarTextStyle: "black", backgroundColor: "#fdfcf8" },
});
