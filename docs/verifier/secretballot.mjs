// The door to secret ballots for a client: it says in words if the platform cannot make them, before anything is loaded that would only break.

// NoSecretBallots is why no secret ballot can be made here, in words for the voter.
export class NoSecretBallots extends Error {
  constructor(fault, english, chinese) {
    super(english);
    this.name = "NoSecretBallots";
    this.fault = fault;
    this.chinese = chinese;
  }
}

// secretBallots loads Election, Shape and BallotBox of ballot.mjs, the shapes of methods, and hex and unhex.
export async function secretBallots() {
  if (typeof globalThis.BigInt !== "function") {
    throw new NoSecretBallots("platform.no_bigint",
      "This device cannot make a secret ballot: its programs lack whole numbers of any size (BigInt). Vote in the web app in a browser, at the kiosk or on paper.",
      "本设备无法生成秘密选票：程序环境不支持大整数（BigInt）。请改用网页浏览器中的网页版、自助终端或纸质选票表决。");
  }
  const [{ Election, Shape, BallotBox }, shapes, { hex, unhex }] =
    await Promise.all([import("./ballot.mjs"), import("./shapes.mjs"), import("./group.mjs")]);
  return { Election, Shape, BallotBox, shapes, hex, unhex };
}
