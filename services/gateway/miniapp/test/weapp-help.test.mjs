// The build for WeChat, its logic run without WeChat: visits written without a network, a crisis, and what is kept of a person.
import { test } from "node:test";
import assert from "node:assert/strict";
import * as weapp from "./weapp.mjs";

const community = "c".repeat(26), member = "a".repeat(26), person = "b".repeat(26), aCase = "d".repeat(26);
const home = { id: community, name: "示例社区 / Example", genesis: "00".repeat(32), epoch_key: "AAAA" };
const orders = ["e", "f", "g", "h", "i"].map((c) => c.repeat(26));

// serve answers what a gateway would to a grid worker with five orders of one case, who is also registered to say that they are well.
function serve(state) {
  const one = (path, body) => ({ position: 1, records: [{ path, version: 1, state: body }] });
  const order = { case: aCase, beneficiary: person, member, quantity: 1, delivered: 0, due: Date.now() + 9e7, accepted: true };
  const works = { category: "food", unit: "meal", ...order };
  const answers = {
    "GET /own-work-orders": { orders: orders.map((o) => ({ ...works, order: o })) },
    "GET /own-aid-files": { files: [{ beneficiary: person, as: "person" }] },
    "POST /sessions": { token: "t", member, provider: "device" },
    "GET /own-aid-cases": { cases: [{ case: aCase, as: "worker" }, { case: aCase, as: "person" }] },
    [`GET /records/aid-case/${aCase}`]: one(`aid-case/${aCase}`, { category: "food", unit: "meal", beneficiary: person, works: orders.map((o) => ({ order: o })) }),
    [`GET /records/check-in/${person}`]: one(`check-in/${person}`, {}),
    "GET /records/rulebook/main": one("rulebook/main", { book: { matching: { skills: [{ code: "meal", title: "送餐 / Meals" }, { code: "care", title: "照护 / Care" }] } } }),
    [`GET /records/member/${member}`]: one(`member/${member}`, { admitted: true }),
    "GET /devices": { devices: [] }, "GET /sessions": { sessions: [] }, "GET /mandates": { mandates: [] }, "GET /own-entries": { entries: [] },
  };
  for (const o of orders) answers[`GET /records/work-order/${o}`] = one(`work-order/${o}`, order);
  return (o) => {
    if (state.away) return undefined;
    const path = o.url.replace(/^https?:\/\/[^/]+\/v1\/communities\/[a-z]+/, "").replace(/\?.*/, "");
    if (o.method === "POST" && path !== "/sessions") {
      const key = `${path} ${o.header["Idempotency-Key"]}`;
      if (!state.done.has(key)) state.done.set(key, { path, data: o.data });
      const made = path === "/texts" ? { ref: "r".repeat(26), length_bytes: 6, commitment: "AA==", salt: "AA==" }
        : { index: 1, position: 2, block: 1, time: Date.now(), changed: [], receipt: "AA==" };
      return { statusCode: 201, header: {}, data: JSON.stringify(made) };
    }
    const found = answers[`${o.method} ${path}`];
    return { statusCode: found ? 200 : 404, header: found ? { ETag: '"1"' } : {}, data: JSON.stringify(found ?? { code: "record.unknown", detail: "没有", kind: "not_found", status: 404, lang: "zh" }) };
  };
}

const began = (storage) => {
  const state = { away: false, done: new Map() };
  const kept = storage ?? { "renlin/person": JSON.stringify({ home, member, way: "key", seed: "07".repeat(32) }) };
  return { state, app: weapp.start({ serve: serve(state), storage: kept }), storage: kept };
};
const at = (state, end) => [...state.done.values()].filter((d) => d.path.endsWith(end));
const outbox = (storage) => JSON.parse(storage["renlin/outbox"] ?? "[]");

test("five forms of visits without a network, the program started anew each time, then five records", async () => {
  const storage = began().storage;
  const open = async (screen, away) => { // as if the platform had ended the program meanwhile
    const { state, app } = began(storage);
    state.away = away;
    app.open(`pages/screen/index?name=${screen}`);
    return { state, app };
  };
  for (const o of orders) { // read while there is a network
    const { app } = await open(`visit&id=${o}`, false);
    await app.settle(() => app.text().includes("这次走访"));
  }
  for (const [i, o] of orders.entries()) {
    const { state, app } = await open(`visit&id=${o}`, true);
    await app.settle(() => app.text().includes("这次走访"));
    app.type("field-visit-said", `送到 ${i}`);
    await app.settle(() => outbox(storage).length === i + 1 || (app.tap("提交"), app.tap("提交"))); // twice is once
    await app.settle(() => app.text().includes("有网络后自动发送"));
    assert.equal(state.done.size, 0);
  }
  assert.equal(outbox(storage).length, 5);
  const { state, app } = await open("outbox", true);
  await app.settle(() => app.text().split("等网络发送").length === 6);
  state.away = false;
  app.wx.network({ isConnected: true });
  await app.settle(() => outbox(storage).length === 0);
  const visits = at(state, "/visits");
  assert.deepEqual(visits.map((v) => v.path.split("/")[2]).sort(), orders);
  for (const v of visits) assert.equal(JSON.parse(v.data).outcome, "VISIT_OUTCOME_DELIVERED");
  assert.deepEqual(at(state, "/texts").map((x) => x.data).sort(), [0, 1, 2, 3, 4].map((i) => `送到 ${i}`));
  app.wx.network({ isConnected: true });
  await app.settle(() => app.text().includes("没有待发送的内容"));
  assert.equal(at(state, "/visits").length, 5);
});

test("in a crisis: well, and help, with no place unless somebody writes one", async () => {
  const { state, app } = began();
  app.open("pages/screen/index?name=safe");
  await app.settle(() => app.text().includes("我平安"));
  app.tap("我平安");
  await app.settle(() => app.text().includes("已报平安"));
  assert.equal(at(state, "/words").length, 1);
  app.tap("我需要帮助");
  await app.settle(() => app.text().includes("已发出求助"));
  const [need] = at(state, "/needs").map((n) => JSON.parse(n.data));
  assert.deepEqual([need.skill, need.cell], ["care", { east: 0, north: 0 }]);
  assert.deepEqual(at(state, "/texts").map((x) => x.data), ["紧急求助"]);
});

test("my data: shown, copied whole, and erased only by whoever writes the word; what was read goes too", async () => {
  const { state, app, storage } = began();
  app.open("pages/screen/index?name=data");
  await app.settle(() => app.text().includes("复制一份"));
  app.tap("复制一份");
  await app.settle(() => app.text().includes("已交给您"));
  const copy = JSON.parse(app.wx.copied);
  assert.equal(copy.member, member);
  assert.ok(copy.record && "gateway.devices" in copy && !("gateway.own_policy_notices" in copy)); // what is not there for them is left out
  assert.ok(!app.wx.copied.includes("07".repeat(32)), "the key is given away");
  app.tap("永久删除");
  app.type("field-sure", "不");
  await app.settle(() => app.text().includes("永久删除"));
  app.tap("永久删除");
  assert.equal(at(state, "/erasures").length, 0);
  const readings = () => Object.keys(storage).filter((k) => /^renlin\/read/.test(k) && storage[k] !== "");
  assert.ok(readings().length > 0);
  app.type("field-sure", "删除");
  await app.settle(() => app.nodes().some((n) => n.uid === "erase" && !n.disabled));
  app.tap("永久删除");
  await app.settle(() => app.text().includes("已删除"));
  assert.deepEqual(at(state, "/erasures").map((e) => JSON.parse(e.data).subject), [member]);
});
