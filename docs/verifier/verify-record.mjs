// Checks the polls of an exported record (renlin export) by a second hand, and prints a verdict in English and Chinese:
//
//   node verify-record.mjs [-json] FILE      0: nothing is wrong; 1: something is; 2: the file cannot be read
//
// It says in words if the platform cannot do it, so nothing that such a platform cannot even read is loaded before.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { secretBallots } from "./secretballot.mjs";

const words = {
  course: ["what happened in which order, and when", "各步骤的先后与时间"],
  roll: ["the roll follows from who lives here and owns what", "名册依据成员与房产得出"],
  ceremony: ["every word by which the trustees made the key", "保管人生成密钥的每一步"],
  seal: ["the key follows from these words", "公钥由上述各步得出"],
  voters: ["whose ballots they are", "投票人身份"],
  notice: ["the notice, and what proves each delivery", "通知及每次送达的证明"],
  papers: ["every paper, from its issue to its last entry", "每张纸质选票从发出到最后一次录入"],
  shares: ["what opens the ballots", "开票所用的密钥与份额"],
  registration: ["registrations and the registrar's receipts", "登记及登记人的回执"],
  roster: ["the roster of credentials", "凭证名册"],
  election: ["what every ballot is bound to", "选票所绑定的内容"],
  ballots: ["every proof of every secret ballot, and whose it is", "每张秘密选票的全部证明及归属"],
  sequence: ["each credential's ballots are numbered without a gap", "每个凭证的选票编号连续"],
  weeding: ["no ballot is a copy", "没有抄袭的选票"],
  challenged: ["challenged ballots open, and are not counted", "受检选票能打开且不计票"],
  sums: ["the encrypted sums, and what is to be opened of them", "密文合计及待开项目"],
  parts: ["each trustee's part of the opening", "每位保管人的解密部分"],
  opening: ["what the parts and proofs say of each total", "由此得出的各项合计"],
  count: ["the count", "计票"],
  seed: ["the seed that breaks ties", "决定平局次序的种子"],
  result: ["every inequality, the winners, and the result", "每条不等式、当选项与结果"],
  steps: ["the steps of the count", "计票步骤"],
  turnout: ["who did not vote and counts all the same", "未投票而计入者"],
  channels: ["which way each ballot came, and whether the result stands without some", "每张选票的渠道，及剔除部分选票后结果是否不变"],
  leak: ["what the publication tells of single voters", "公布内容对个人投票的泄露程度"],
  certificate: ["the certificate says what was counted", "证书与计票一致"],
};
const states = { holds: "成立", fails: "不成立", unchecked: "未核查", none: "无" };
const reasons = {
  withheld: ["commits that it needs are withheld", "所需记录未公开"], earlier: ["it rests on something that is wrong or unchecked", "其前提有误或未核查"],
  method: ["this method is not counted here", "此处不计此种方法"], paper: ["ballots on paper are not checked here", "此处不核查纸质选票"],
  leak: ["the leak meter is not run again here", "此处不重新运行泄露测算"],
  silence: ["what follows from silence is not checked here", "此处不核查未投票者的处理"],
};

// verifyRecord reads a bundle and answers {ok, community, commits, withheld, findings, polls}.
export async function verifyRecord(raw) {
  await secretBallots();
  const [{ readRecord }, { Checker }] = await Promise.all([import("./record.mjs"), import("./poll.mjs")]);
  const { community, commits, findings } = readRecord(raw), checker = new Checker();
  for (const { index, commit } of commits) checker.add(index, commit);
  const polls = checker.report(), withheld = commits.filter((c) => !c.commit).length;
  const ok = findings.length === 0 && polls.every((p) => p.findings.length === 0);
  return { ok, community, commits: commits.length, withheld, findings, polls };
}

function print(r) {
  console.log(`record / 记录: ${r.community}, ${r.commits} commits, ${r.withheld} withheld`);
  for (const f of r.findings) console.log(`BAD  ${f.code}, commit ${f.index}`);
  for (const p of r.polls) {
    console.log(`poll / 表决 ${p.poll}, commit ${p.index}: ${p.stage}`);
    for (const c of p.checks) {
      if (c.state === "none") continue;
      const why = c.why ? ` (${reasons[c.why].join("; ")})` : "";
      console.log(`  ${c.state.padEnd(9)} ${states[c.state]}  ${c.name}: ${words[c.name].join(" / ")}, ${c.looked}${why}`);
    }
    for (const f of p.findings) console.log(`  BAD  ${f.code}, commit ${f.index}${f.at && ", " + f.at}${f.fault && ` (${f.fault})`}`);
  }
  const not = r.polls.flatMap((p) => p.checks).filter((c) => c.state === "unchecked").length;
  if (not) console.log(`${not} checks were not made: nobody may take them for good / 有 ${not} 项未核查，不得视为无误`);
  console.log(r.ok ? "nothing that was checked is wrong / 所核查的内容均无误" : "NOT as the record says / 与记录不符");
}

async function main(args) {
  const json = args.includes("-json"), names = args.filter((a) => a !== "-json");
  if (names.length !== 1) {
    console.error("want one FILE");
    return 2;
  }
  let report;
  try { report = await verifyRecord(readFileSync(names[0])); } catch (e) {
    console.error(e.chinese ? `${e.message} ${e.chinese}` : `${names[0]}: ${e.message}`);
    return 2;
  }
  if (json) console.log(JSON.stringify(report, (_, v) => (typeof v === "bigint" ? String(v) : v)));
  else print(report);
  return report.ok ? 0 : 1;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await main(process.argv.slice(2));
