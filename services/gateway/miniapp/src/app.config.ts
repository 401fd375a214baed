export default defineAppConfig({
  pages: ["pages/screen/index"],
  window: { navigationBarTitleText: "韧邻", navigationBarBackgroundColor: "#fdfcf8", navigationBarTextStyle: "black", backgroundColor: "#fdfcf8" },
});
