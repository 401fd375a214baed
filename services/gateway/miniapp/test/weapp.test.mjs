// The build for WeChat: what the platform demands of its files, and its logic run without WeChat. `npm run build:weapp` comes first.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { transform } from "esbuild";
import gateways from "../config/gateway.js";
import * as weapp from "./weapp.mjs";

const files = (dir) => readdirSync(dir, { withFileTypes: true }).flatMap((d) => (d.isDirectory() ? files(`${dir}/${d.name}`) : [`${dir}/${d.name}`]));
const app = () => JSON.parse(readFileSync("build/app.json"));
const subpackages = () => (app().subPackages ?? app().subpackages ?? []).map((s) => `build/${s.root}/`.replace("//", "/"));
const mainFiles = () => files("build").filter((f) => !subpackages().some((s) => f.startsWith(s)) && !f.endsWith(".LICENSE.txt"));
const sizeOf = (list) => list.reduce((n, f) => n + statSync(f).size, 0);

test("the build is there", () => assert.ok(weapp.built, "npm run build:weapp"));

test("every page that app.json names is there, and the packages keep to their sizes", () => {
  for (const page of app().pages) for (const end of [".js", ".json", ".wxml"]) assert.ok(statSync(`build/${page}${end}`).isFile());
  const main = sizeOf(mainFiles());
  console.log(`main package: ${main} bytes`);
  assert.ok(main <= 700_000, `main package: ${main} bytes`);
  for (const s of subpackages()) assert.ok(sizeOf(files(s)) <= 2_000_000, s);
});

test("no engine is too old: ES2018 at most, no BigInt, nothing made into code at run time", async () => {
  for (const f of mainFiles().filter((f) => f.endsWith(".js"))) {
    const text = readFileSync(f, "utf8");
    await transform(text, { target: "es2018", supported: { bigint: false, "optional-catch-binding": true } }).then(
      ({ warnings }) => assert.deepEqual(warnings.map((w) => w.text).filter((w) => /big integer/i.test(w)), [], f),
    );
    assert.doesNotMatch(text, /\?\?=|\|\|=|&&=/, `${f}: an operator of 2021`);
    assert.doesNotMatch(text, /(?<![\w.$])eval\(/, `${f}: eval`);
    assert.doesNotMatch(text, /new Function\((?!"return this"\)|'return this'\))/, `${f}: new Function`);
  }
});

test("the one domain that is asked may stand on the platform's list: https, a name, no port", () => {
  for (const [address, why] of [
    ["https://renlin.example", ""], ["https://a-1.renlin.example", ""], ["http://renlin.example", "it is not under https"], ["renlin.example", "it is no address"],
    ["wss://renlin.example", "it is not under https"], ["https://renlin.example:8443", "it names a port"], ["https://renlin.example:443", "it names a port"],
    ["https://192.0.2.1", "it is a machine's number and not a name"], ["https://[2001:db8::1]", "it is a machine's number and not a name"],
    ["https://3221225985", "it is a machine's number and not a name"], ["https://localhost", "it is no name that everybody can find"],
    ["https://a_b.example", "it is no name that everybody can find"], ["https://renlin.example/api", "it goes on after the name"],
    ["https://renlin.example/", "it goes on after the name"], ["https://u:p@renlin.example", "it names a user"], ["https://renlin.example?x", "it goes on after the name"],
  ]) assert.equal(gateways.wrong(address), why, address);
  assert.equal(gateways.gatewayOf(undefined), gateways.here);
  assert.throws(() => gateways.gatewayOf("https://192.0.2.1"), /RENLIN_GATEWAY/);
  // No other address is asked: every one that the build names is the gateway's, or stands in a sentence of a library about itself.
  const asked = gateways.gatewayOf(process.env.RENLIN_GATEWAY);
  const known = /^https?:\/\/([\w.-]*w3\.org|reactjs\.org|fb\.me|react\.dev|github\.com|[\w.-]*taro[\w.-]*|nervjs[\w.-]*|mths\.be|servicewechat\.com)$/;
  const named = new Set(mainFiles().filter((f) => f.endsWith(".js")).flatMap((f) => readFileSync(f, "utf8").match(/\b(?:https?|wss?):\/\/[\w.:[\]-]+/g) ?? []));
  assert.ok(named.has(asked), `the build asks ${[...named]}, and not ${asked}`);
  named.delete(asked);
  assert.deepEqual([...named].filter((a) => !known.test(a)), []);
});

const community = "c".repeat(26), member = "a".repeat(26), seed = "07".repeat(32);
const home = { id: community, name: "示例社区 / Example", genesis: "00".repeat(32), epoch_key: "AAAA" };

// serve answers what a gateway would to a resident of a community with one open poll.
function serve(state) {
  const page = (...records) => ({ position: 1, records });
  const poll = {
    matter: "greening", rules: { method: 1 }, question: { title: "修长椅 / A bench", text: "要不要修？" }, roll: { voters: 3 }, opened_at: 1, closes_at: Date.now() + 9e7,
    box_key: Buffer.from(new Uint8Array(32).fill(9)).toString("base64"),
  };
  const answers = {
    "POST /sessions": { token: "t", member, provider: "device" },
    "GET /inbox": { deliberation: [], merge: [], motion: [], poll: [], notices: [{ poll: "p".repeat(26), notice: "AA==", opens_at: 1, closes_at: poll.closes_at }] },
    "GET /records/poll": page({ path: `poll/${"p".repeat(26)}`, version: 1, state: poll }),
    [`GET /records/poll/${"p".repeat(26)}`]: page({ path: `poll/${"p".repeat(26)}`, version: 1, state: poll }),
    "GET /records/rulebook/main": page({ path: "rulebook/main", version: 1, state: { book: { matters: [{ code: "greening", title: "绿化 / Greening" }] } } }),
  };
  return (o) => {
    if (state.away) return undefined;
    const path = o.url.replace(/^https?:\/\/[^/]+\/v1\/communities\/[a-z]+/, "").replace(/\?.*/, "");
    state.asked.push(`${o.method} ${path}`);
    if (o.method === "POST" && path.endsWith("/ballots")) {
      state.ballots.add(o.header["Idempotency-Key"]);
      return { statusCode: 201, header: {}, data: JSON.stringify({ index: 1, position: 2, block: 1, time: Date.now(), changed: [], receipt: "AA==" }) };
    }
    const found = answers[`${o.method} ${path}`];
    return { statusCode: found ? 200 : 404, header: {}, data: JSON.stringify(found ?? { code: "record.unknown", detail: "没有", kind: "not_found", status: 404, lang: "zh" }) };
  };
}

const opened = async (state, options = {}) => {
  const storage = { "renlin/person": JSON.stringify({ home, member, way: "key", seed }) };
  const a = weapp.start({ serve: serve(state), storage, ...options });
  a.open("pages/screen/index?name=today");
  await a.settle(() => a.text().includes("有一项表决等您投票"));
  return a;
};

for (const bigInt of [true, false]) {
  test(`a resident votes by tapping, ${bigInt ? "with" : "without"} BigInt; twice is once, also when the network is cut`, async () => {
    const state = { asked: [], ballots: new Set() };
    const a = await opened(state, { bigInt });
    a.tap("有一项表决等您投票");
    await a.settle(() => a.text().includes("确认投票"));
    assert.doesNotMatch(a.text(), /\d+ 票/);
    a.tap("同意");
    await a.settle(() => a.nodes().some((n) => /chosen/.test(n.cl ?? "")));
    state.away = true;
    a.tap("确认投票");
    a.tap("确认投票");
    await a.settle(() => a.text().includes("有网络后自动发送"));
    a.tap("确认投票");
    state.away = false;
    a.wx.network({ isConnected: true });
    await a.settle(() => state.ballots.size > 0 && JSON.parse(a.storage["renlin/outbox"]).length === 0);
    assert.equal(state.ballots.size, 1);
    const kept = JSON.parse(a.storage["renlin/receipts"]);
    assert.equal(kept[0].broken, "read"); // a receipt that is none is not taken for one
  });
}

test("elder mode: what is left is large, and help is one tap away", async () => {
  const a = await opened({ asked: [], ballots: new Set() });
  a.tap("长辈版");
  await a.settle(() => a.text().includes("标准版"));
  a.tap("长辈版");
  await a.settle(() => a.nodes().some((n) => /face elder/.test(n.cl ?? "")));
  a.storage["renlin/settings"] = JSON.stringify({ ...JSON.parse(a.storage["renlin/settings"]), phone: "12345" });
  const again = weapp.start({ serve: serve({ asked: [], ballots: new Set() }), storage: a.storage });
  again.open("pages/screen/index?name=today");
  await again.settle(() => again.text().includes("打电话求助 12345"));
  again.tap("打电话求助");
  await again.settle(() => again.wx.rung === "12345");
});

test("nobody signed in: the way in, and nothing else is asked for", async () => {
  const state = { asked: [], ballots: new Set() };
  const a = weapp.start({ serve: serve(state) });
  a.open("pages/screen/index?name=data");
  await a.settle(() => a.text().includes("欢迎"));
  assert.ok(state.asked.every((x) => !x.includes("/inbox")));
});
