// Runs the build for WeChat without WeChat: its logic layer in a bare world (no fetch, no TextEncoder, no crypto, no eval) over a stub of wx that answers
// requests and keeps what setData says. The logic layer only: no layout.
import { readFileSync, existsSync } from "node:fs";
import vm from "node:vm";
import path from "node:path";
import { randomFillSync } from "node:crypto";

const root = "build";

/** start loads the app; serve answers requests: (options) => { statusCode, data }. */
export function start({ serve, storage = {}, bigInt = true }) {
  const pages = new Map(), apps = [], stack = [], nothing = () => {};
  const wx = {
    request: (o) => { queueMicrotask(() => { const a = serve(o); if (a) { o.success?.(a); o.complete?.(a); } else { o.fail?.({ errMsg: "request:fail" }); o.complete?.({}); } }); return { abort: nothing }; },
    getRandomValues: ({ length, success }) => success({ randomValues: randomFillSync(new Uint8Array(length)).buffer }),
    getStorageSync: (k) => storage[k] ?? "", setStorage: (o) => { storage[o.key] = o.data; o.success?.({}); }, removeStorage: (o) => { delete storage[o.key]; o.success?.({}); },
    setStorageSync: (k, v) => { storage[k] = v; }, onNetworkStatusChange: (f) => { wx.network = f; }, login: (o) => o.success({ code: "code" }),
    setNavigationBarTitle: (o) => { wx.title = o.title; o.success?.({}); }, makePhoneCall: (o) => { wx.rung = o.phoneNumber; o.success?.({}); },
    setClipboardData: (o) => { wx.copied = o.data; o.success?.({}); },
    navigateTo: (o) => { open(o.url); o.success?.({}); }, reLaunch: (o) => { stack.length = 0; open(o.url); o.success?.({}); }, navigateBack: (o) => { stack.pop(); o?.success?.({}); },
    getSystemInfoSync: () => ({ SDKVersion: "3.0.0", platform: "ios", windowWidth: 375 }), canIUse: () => true, getLaunchOptionsSync: () => ({}), nextTick: (f) => queueMicrotask(f),
    getWindowInfo: () => ({ windowWidth: 375 }), getAppBaseInfo: () => ({ SDKVersion: "3.0.0" }), getDeviceInfo: () => ({ platform: "ios" }), getMenuButtonBoundingClientRect: () => ({}),
    createSelectorQuery: () => ({ in: nothing, exec: nothing }),
  };
  const world = { wx, console, setTimeout, clearTimeout, setInterval, clearInterval, Component: (o) => o, App: (o) => apps.push(o), Page: (o) => pages.set(world.loading, o),
    Behavior: (o) => o, getApp: () => apps[0], getCurrentPages: () => stack, requirePlugin: nothing };
  const context = vm.createContext(world, { codeGeneration: { strings: false, wasm: false } });
  for (const name of ["WebAssembly", ...(bigInt ? [] : ["BigInt", "BigInt64Array", "BigUint64Array"])]) vm.runInContext(`delete globalThis.${name}`, context);
  const loaded = new Map();
  const load = (file) => {
    if (loaded.has(file)) return loaded.get(file).exports;
    const module = { exports: {} };
    loaded.set(file, module);
    const require = (name) => load(path.join(path.dirname(file), name.endsWith(".js") ? name : name + ".js"));
    vm.runInContext(`(function (require, module, exports) {${readFileSync(path.join(root, file), "utf8")}\n})`, context, { filename: file })(require, module, module.exports);
    return module.exports;
  };
  const open = (url) => {
    const [name, query] = url.replace(/^\//, "").split("?");
    const options = Object.fromEntries(new URLSearchParams(query ?? ""));
    world.loading = name;
    if (!pages.has(name)) load(name + ".js");
    const page = { ...pages.get(name), route: name, options, data: { ...(pages.get(name).data ?? {}) }, __displayReporter: {} };
    page.setData = (changes, done) => { for (const k of Object.keys(changes)) put(page.data, k, changes[k]); done?.(); };
    stack.push(page);
    page.onLoad?.(options);
    page.onShow?.();
    page.onReady?.();
  };
  load("app.js");
  apps[0]?.onLaunch?.({ path: "pages/screen/index", query: {} });
  const top = () => stack[stack.length - 1];
  return {
    wx, storage, open, page: top, text: () => textOf(top()?.data.root), nodes: () => all(top()?.data.root),
    tap: (words) => { const n = all(top().data.root).find((x) => x.uid && isTap(x) && textOf(x).includes(words)); if (!n) throw new Error(`nothing to tap says ${words}: ${textOf(top().data.root)}`); top().eh({ type: "tap", target: { id: n.uid }, currentTarget: { id: n.uid, dataset: {} }, timeStamp: Date.now(), detail: {}, mpEvent: {} }); },
    type: (id, value) => { const n = all(top().data.root).find((x) => x.uid === id); if (!n) throw new Error(`nothing to type in is ${id}: ${textOf(top().data.root)}`); top().eh({ type: "input", target: { id: n.uid }, currentTarget: { id: n.uid, dataset: {} }, timeStamp: Date.now(), detail: { value }, mpEvent: {} }); },
    // Longer than the client takes to give a cut network up, which is three pauses of 2.8 s together.
    settle: async (until) => { for (let i = 0; i < 2000; i++) { if (until()) return; await new Promise((r) => setTimeout(r, 5)); } throw new Error("it never comes: " + textOf(top()?.data.root)); },
  };
}

const isTap = (n) => (n.cl ?? "").split(" ").some((c) => ["button", "row", "tab", "back"].includes(c));

function put(data, key, value) {
  const steps = key.replace(/\.?\[(\d+)\]/g, ".$1").split(".");
  let at = data;
  for (const s of steps.slice(0, -1)) at = at[s] ??= {};
  at[steps.at(-1)] = value;
}

function all(node) {
  if (!node) return [];
  return [{ ...node, uid: node.uid ?? node.sid }, ...Object.values(node.cn ?? {}).flatMap(all)];
}

function textOf(node) {
  if (!node) return "";
  return (node.v ?? "") + Object.values(node.cn ?? {}).map(textOf).join(" ");
}

export const built = existsSync(path.join(root, "app.js"));
