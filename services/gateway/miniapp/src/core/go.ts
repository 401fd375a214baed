// From screen to screen. Every screen is a page of its own for the platform, so that "back" is the platform's; addresses hold ids and nothing else.
import Taro from "@tarojs/taro";
import type { ScreenName } from "@/screens";

export type Params = Record<string, string>;

const page = "/pages/screen/index";

export function addressOf(name: ScreenName, params: Params = {}): string {
  const rest = Object.keys(params).map((k) => `&${k}=${encodeURIComponent(params[k])}`).join("");
  return `${page}?name=${name}${rest}`;
}

/** go opens a screen on top of this one. */
export const go = (name: ScreenName, params?: Params): void => void Taro.navigateTo({ url: addressOf(name, params) });

/** goHome leaves all screens behind and opens one. */
export const goTo = (name: ScreenName, params?: Params): void => void Taro.reLaunch({ url: addressOf(name, params) });

export function back(): void {
  if (Taro.getCurrentPages().length > 1) void Taro.navigateBack();
  else goTo("today");
}
