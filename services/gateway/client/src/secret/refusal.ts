// Why something cannot be done, in words that a voter can read: a name for programs and a sentence in each language.

export interface Words {
  zh: string;
  en: string;
}

export class Refusal extends Error {
  constructor(readonly code: string, readonly words: Words = wordsOf(code)) {
    super(`${code}: ${words.en}`);
    this.name = "Refusal";
    Object.setPrototypeOf(this, Refusal.prototype); // what is compiled to old JavaScript loses it otherwise
  }
}

export function insist(holds: boolean, code: string): asserts holds {
  if (!holds) throw new Refusal(code);
}

// What docs/format.md section 13 says of a ballot that does not hold is of use to programs; a voter is told what it means for them.
const untrue: Words = {
  zh: "选票或其证明不成立，请勿采用。", en: "The ballot, or a proof in it, does not hold. Do not rely on it.",
};

const known: Record<string, Words> = {
  "platform.no_bigint": {
    zh: "本设备无法生成秘密选票：程序环境不支持大整数（BigInt）。请改用网页浏览器中的网页版、自助终端或纸质选票表决。",
    en: "This device cannot make a secret ballot: its programs lack whole numbers of any size (BigInt). " +
      "Vote in the web app in a browser, at the kiosk or on paper.",
  },
  "platform.no_randomness": {
    zh: "本设备无法取得安全的随机数，不能生成秘密选票。请改用网页版、自助终端或纸质选票。",
    en: "This device has no source of safe random numbers, so it cannot make a secret ballot. Use the web app, the kiosk or paper.",
  },
  "choice.not_allowed": { zh: "此选择不符合本次表决的填写规则。", en: "This choice is not allowed by the rules of this poll." },
  "election.untrue": {
    zh: "所提供的秘密表决信息自相矛盾：议题、名册、开票受托人或公钥与选票所绑定的不一致。请勿投票，并告知居委会。",
    en: "What was told of this secret poll contradicts itself: its question, roll, trustees or key are not those that ballots are bound to. " +
      "Do not vote, and tell the committee.",
  },
  "credential.malformed": { zh: "保存的表决凭证已损坏。", en: "The credential that was kept is damaged." },
  "credential.receipt_untrue": {
    zh: "登记人的回执不成立，请勿提交登记。", en: "The registrar's receipt does not hold. Do not put the registration on the record.",
  },
  "credential.unlisted": {
    zh: "凭证名单中没有您的凭证。请在期限内提出异议。", en: "Your credential is not on the list. Contest the list, in time.",
  },
  "credential.weighed": {
    zh: "名单中您的凭证的权重或方式不对。请在期限内提出异议。",
    en: "Your credential is on the list with another weight or way than yours. Contest the list, in time.",
  },
  "roster.untrue": {
    zh: "收到的凭证名单不是已封存的那一份。请向其他来源索取。", en: "The list that was told is not the one that was sealed. Read it from somebody else.",
  },
  "record.behind": {
    zh: "可读取的记录还差一点，请稍后再试。", en: "The record that can be read is a moment behind. Try again soon.",
  },
  "ballot.handed_out": {
    zh: "这张选票可能已投出，不能再公开拆验：否则人人都能看到您的选择。",
    en: "This ballot may have been cast, so it is not opened: everybody would see how you voted.",
  },
  "ballot.under_way": {
    zh: "上一张选票还在发送途中，请等它有结果。", en: "A ballot is on its way. Wait until it is known what became of it.",
  },
  "record.malformed": { zh: "收到的记录无法读取。", en: "What was told of the record cannot be read." },
};

export const wordsOf = (code: string): Words => known[code] ?? untrue;
