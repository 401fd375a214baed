// Reads docs/format/polls.json and forged-polls.json: commits, and runs [from, until) of another record's.
export const bytes = (base64) => Uint8Array.from(atob(base64 ?? ""), (x) => x.charCodeAt(0));

export const expand = (list, base) => list.flatMap((x) => (Array.isArray(x) ? base.slice(...x) : [x]));

const change = (e) => ({ aggregate: e.aggregate, events: [{ type: e.type, body: bytes(e.body) }] });

// commitsOf answers commits as the Checker wants them; each of these has one event, or another one before it.
export const commitsOf = (list) => list.map((v) => v && ({
  author: v.author, actor: v.actor ?? "", keys: [v.key, v.cosigner].filter(Boolean).map(bytes), time: BigInt(v.time), until: BigInt(v.until ?? 0),
  changes: [v.also, v].filter(Boolean).map(change),
}));
