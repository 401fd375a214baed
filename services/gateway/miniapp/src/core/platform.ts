// What differs between a browser and a mini-program, and nothing else: requests, the store, the network, the telephone.
import Taro from "@tarojs/taro";
import { fetchTransport, platformTransport, type Store, type Transport } from "@renlin/client";

declare const process: { env: { TARO_ENV: string } };
declare const RENLIN_GATEWAY: string; // config/index.js

export const inBrowser = process.env.TARO_ENV === "h5";

/** address of the gateway: in a browser the one that served this app, in a mini-program the one that it was built for. */
export const address = inBrowser ? "" : RENLIN_GATEWAY;

export const transport: Transport = inBrowser
  ? fetchTransport((url, options) => window.fetch(url, options))
  : platformTransport((options) => Taro.request(options as unknown as Taro.request.Option));

const prefix = "renlin/";

/** store keeps things on this device, as texts. */
export const store: Store = inBrowser
  ? {
    get: async (key) => window.localStorage.getItem(prefix + key) || undefined,
    set: async (key, value) => window.localStorage.setItem(prefix + key, value),
    remove: async (key) => window.localStorage.removeItem(prefix + key),
  }
  : {
    get: async (key) => (Taro.getStorageSync(prefix + key) as string) || undefined,
    set: async (key, value) => void (await Taro.setStorage({ key: prefix + key, data: value })),
    remove: async (key) => void (await Taro.removeStorage({ key: prefix + key }).catch(() => undefined)),
  };

/** onNetwork tells each time that there is a network again. */
export function onNetwork(tell: () => void): void {
  if (inBrowser) window.addEventListener("online", tell);
  else Taro.onNetworkStatusChange(({ isConnected }) => isConnected && tell());
}

/** atTheMachine tells whether this page comes from a pilot on this very machine, where one may sign in without a key to try things out. */
export const atTheMachine = (): boolean => inBrowser && ["127.0.0.1", "localhost", "[::1]"].includes(window.location.hostname);

/** valueOf reads what was typed: in a mini-program it is in the event's detail. */
export function typed(event: unknown): string {
  const e = event as { detail?: { value?: unknown }; target?: { value?: unknown } };
  const value = e.detail && typeof e.detail === "object" && e.detail.value !== undefined ? e.detail.value : e.target && e.target.value;
  return value === undefined || value === null ? "" : String(value);
}

/** platformCode gives the one-time code by which the platform's account signs in; undefined where there is no platform. */
export async function platformCode(): Promise<{ provider: string; code: string } | undefined> {
  if (inBrowser) return undefined;
  const { code } = await Taro.login();
  return { provider: "wechat", code };
}
