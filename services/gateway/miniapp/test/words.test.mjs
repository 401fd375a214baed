// Chinese and English have the same sentences, with the same gaps; each is used, and each that is used is there.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";

const book = (language) => Object.assign({}, ...["", "-help", "-care"].map((part) => JSON.parse(readFileSync(`src/words/${language}${part}.json`))));
const zh = book("zh"), en = book("en");
const files = (dir) => readdirSync(dir, { withFileTypes: true }).flatMap((d) => (d.isDirectory() ? files(`${dir}/${d.name}`) : [`${dir}/${d.name}`]));
const code = files("src").filter((f) => /\.tsx?$/.test(f)).map((f) => readFileSync(f, "utf8")).join("\n");

test("the same keys, and the same gaps in each sentence", () => {
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
  const gaps = (s) => (s.match(/\{\w+\}/g) ?? []).sort();
  for (const key of Object.keys(zh)) {
    assert.deepEqual(gaps(zh[key]), gaps(en[key]), key);
    assert.ok(zh[key] !== "" && en[key] !== "", key);
    assert.doesNotMatch(en[key], /[\u4e00-\u9fff]/.test(en[key]) && !key.startsWith("settings.") ? /./ : /^$/, `${key} is not English`);
    assert.match(zh[key], /[\u4e00-\u9fff]|^\{/, `${key} is not Chinese`);
  }
});

test("each sentence is used, and each that is used is there", () => {
  // A key stands in the code as it is, or by its beginning: `topic.${state}`.
  const begins = [...code.matchAll(/`([a-z_.]+)\$\{/g)].map((m) => m[1]);
  const ends = [...code.matchAll(/`\$\{\w+\}(\.[a-z_]+)`/g)].map((m) => m[1]);
  for (const key of Object.keys(zh)) {
    const used = code.includes(`"${key}"`) || begins.some((b) => key.startsWith(b)) || ends.some((e) => key.endsWith(e));
    assert.ok(used, `${key} is used nowhere`);
  }
  for (const [, key] of code.matchAll(/\bsay\("([^"]+)"/g)) assert.ok(key in zh, `${key} is not among the words`);
});

test("every screen has its heading in both languages", () => {
  const index = readFileSync("src/screens/index.ts", "utf8");
  const names = [...index.matchAll(/^  (\w+): \w+,$/gm)].map((m) => m[1]);
  assert.ok(names.length > 10);
  for (const name of [...names, "welcome"]) assert.ok(`${name}.title` in zh, name);
});
