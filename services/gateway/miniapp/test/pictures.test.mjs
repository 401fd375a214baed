import { test } from "node:test";
import assert from "node:assert/strict";
import * as pictures from "./.out/pictures.mjs";

test("what is no photograph is not taken, and one is made small without becoming larger", () => {
  assert.equal(pictures.wrongWith({ type: "image/gif", size: 1 }), "type");
  assert.equal(pictures.wrongWith({ type: "", size: 1 }), "type");
  assert.equal(pictures.wrongWith({ type: "image/png", size: pictures.fileBytesMax + 1 }), "large");
  assert.equal(pictures.wrongWith({ type: "image/webp", size: pictures.fileBytesMax }), undefined);
  for (const [width, height] of [[4000, 3000], [3000, 4000], [100, 50], [1, 100000], [1280, 1280]]) {
    const tries = pictures.triesFor(width, height);
    let before = Infinity;
    for (const t of tries) {
      assert.ok(t.width >= 1 && t.height >= 1 && t.width <= width && t.height <= height && Math.max(t.width, t.height) <= 1280);
      assert.ok(t.width * t.height <= before);
      before = t.width * t.height;
    }
    assert.ok(Math.max(tries[tries.length - 1].width, tries[tries.length - 1].height) <= 480);
  }
});
