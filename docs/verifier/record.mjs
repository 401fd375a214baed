// Reads a bundle (docs/format.md section 12) and holds it together: links, roots, the blocks' and the authors' signatures, the checkpoint's
// size and root. What the rules of the services would say of a commit it does not ask. For Node, with the format's own second reader.
import { gunzipSync } from "node:zlib";
import * as f from "../format/reader.mjs";

const text = (bytes) => new TextDecoder().decode(bytes);

// unpack takes the three files out of a ustar archive, which may be inside gzip.
export function unpack(raw) {
  let tar = raw;
  if (raw[0] === 0x1f && raw[1] === 0x8b) tar = gunzipSync(raw);
  const out = {};
  let at = 0;
  for (const name of ["bundle.json", "checkpoint", "blocks"]) {
    const header = tar.subarray(at, at + 512), size = parseInt(text(header.subarray(124, 136)), 8);
    if (header.length < 512 || text(header.subarray(0, 100)).replace(/\0.*$/s, "") !== name || !(size >= 0) || at + 512 + size > tar.length) {
      throw new Error("this is no bundle: " + name);
    }
    out[name] = tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  if (tar.subarray(at).some((b) => b !== 0)) throw new Error("something follows the bundle");
  return { manifest: JSON.parse(text(out["bundle.json"])), checkpoint: text(out.checkpoint), blocks: out.blocks };
}

// blockAt reads one block, whole or with commits left out: {header, commits: [bytes or null], hashes}.
function blockAt(bytes) {
  const body = bytes.subarray(1);
  if (bytes[0] === 0) {
    const b = f.decodeBlock(body);
    return { header: b, commits: b.commits, hashes: b.commits.map(f.commitHash) };
  }
  if (bytes[0] !== 1) throw new Error("a block of an unknown form");
  const header = headerOf(body), commits = [], hashes = [];
  let at = 193;
  const take = (n) => {
    if (at + n > body.length) throw new Error("a block ends too early");
    return body.subarray(at, (at += n));
  };
  for (let i = 0; i < header.count; i++) {
    if (take(1)[0] === 0) { commits.push(null); hashes.push(take(32)); continue; }
    const raw = take(take(4).readUInt32BE());
    commits.push(raw);
    hashes.push(f.commitHash(raw));
  }
  if (at !== body.length) throw new Error("bytes are left over in a block");
  return { header, commits, hashes };
}

// headerOf reads a header and signature alone, as those of a receipt without a path.
const headerOf = (body) => f.decodeReceipt(Buffer.concat([body.subarray(0, 193), Buffer.alloc(8 + 32 + 1)]));

// epochKeyOf is field 3 of the founding event, which says with which key blocks are signed.
function epochKeyOf(founding) {
  const body = founding.changes.flatMap((c) => c.events).find((e) => e.type === "renlin.community.v1.CommunityFounded")?.body ?? Buffer.alloc(0);
  for (let at = 0; at < body.length; ) {
    const tag = body[at++];
    let n = 0, shift = 0, b;
    do { b = body[at++]; n += (b & 127) * 2 ** shift; shift += 7; } while (b >= 128);
    if ((tag & 7) !== 2) continue;
    if (tag >> 3 === 3) return body.subarray(at, at + n);
    at += n;
  }
  return undefined;
}

// readRecord reads a bundle's commits, [{index, commit or null}], and what is wrong with the record itself, [{code, index}].
export function readRecord(raw) {
  const { manifest, checkpoint, blocks } = unpack(raw), commits = [], findings = [], leaves = [];
  const is = (holds, code, index) => { if (!holds) findings.push({ code, index }); };
  let prev, genesis, key;
  for (let at = 0; at < blocks.length; ) {
    const size = blocks.readUInt32BE(at);
    const { header, commits: list, hashes } = blockAt(blocks.subarray(at + 4, at + 4 + size)), first = Number(header.first);
    at += 4 + size;
    if (!prev) {
      [genesis] = hashes;
      is(genesis.toString("hex") === manifest.genesis && list[0], "record.founding", 0);
      if (list[0]) key = epochKeyOf(f.decodeCommit(list[0]));
    }
    const follows = prev ? header.number === prev.number + 1n && header.first === prev.first + BigInt(prev.count) && header.time >= prev.time &&
      header.prev.equals(prev.hash) : header.number === 0n && header.first === 0n && header.prev.every((b) => b === 0);
    is(follows && header.genesis.equals(genesis), "record.link", first);
    is(header.root.equals(f.merkleRoot(hashes.map(f.leafHash))), "record.root", first);
    is(key && f.ed25519(key, header.signingInput, header.sig), "record.block_signature", first);
    list.forEach((bytes, i) => {
      leaves.push(f.leafHash(hashes[i]));
      commits.push({ index: first + i, commit: bytes && commitOf(bytes, genesis, first + i, is) });
    });
    prev = header;
  }
  anchored(checkpoint, leaves, is);
  return { community: manifest.community, commits, findings };
}

// commitOf reads a commit as the Checker wants it, and checks who signed its command.
function commitOf(bytes, genesis, index, is) {
  const c = f.decodeCommit(bytes), s = f.decodeSigned(c.command), id = f.commandId(s, c.author, c.service);
  is(id.equals(c.id), "record.command_id", index);
  const input = f.signingInput(s, c.author === "genesis" ? Buffer.alloc(32) : genesis, id);
  const unsigned = c.author === "policy", keys = s.signatures.map((x) => x.key);
  const right = unsigned ? keys.length === 0 : keys.length > 0 && s.signatures.every((x) => f.ed25519(x.key, input, x.sig));
  is(right, "record.author", index);
  const author = ["device", "hosted", "credential", "policy", "genesis"].indexOf(c.author) + 1;
  return { author, actor: c.actor, keys, time: c.time, until: c.windowUntil, changes: c.changes };
}

// anchored holds the tree against the checkpoint. Who signed that, the policy's tools say.
function anchored(checkpoint, leaves, is) {
  const [, size, root] = checkpoint.split("\n"), n = Number(size);
  is(checkpoint !== "" && n <= leaves.length && f.merkleRoot(leaves.slice(0, n)).equals(Buffer.from(root ?? "", "base64")), "record.checkpoint", 0);
}
