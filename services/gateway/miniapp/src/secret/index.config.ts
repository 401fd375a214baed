export default definePageConfig({ navigationBarTitleText: "韧邻" });
