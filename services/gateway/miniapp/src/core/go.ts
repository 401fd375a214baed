// From screen to screen. Every screen is a page of its own for the platform, so that "back" is the platform's; addresses hold ids and nothing else.
import Taro from "@tarojs/taro";
import type { ScreenName } from "@/screens";

export type Params = Record<string, string>;

// Secret ballots have a page of their own, so that their arithmetic is in a package of its own.
const pageOf = (name: ScreenName): string => (name === "booth" ? "/secret/index" : "/pages/screen/index");

export function addressOf(name: ScreenName, params: Params = {}): string {
  const rest = Object.keys(params).map((k) => `&${k}=${encodeURIComponent(params[k])}`).join("");
  return `${pageOf(name)}?name=${name}${rest}`;
}

/** go opens a screen on top of this one. */
export const go = (name: ScreenName, params?: Params): void => void Taro.navigateTo({ url: addressOf(name, params) });

/** goHome leaves all screens behind and opens one. */
export const goTo = (name: ScreenName, params?: Params): void => void Taro.reLaunch({ url: addressOf(name, params) });

export function back(): void {
  if (Taro.getCurrentPages().length > 1) void Taro.navigateBack();
  else goTo("today");
}
