// Reads the messages of the record that a poll's check needs, after the .proto files and nothing else. Of every message the bytes are kept
// ($raw), because hashes and comparisons are over these. int64 and uint64 are BigInts, the rest of the numbers are numbers.
const utf8 = new TextDecoder("utf-8", { fatal: true });

// A field is number: name:type, with * behind it if there may be several. Types: s text, b bytes, n number (uint32, enum), i int64, q uint64,
// f bool, or the name of a message.
const schema = {
  Org: { 1: "id:s" },
  OrgAdmitted: { 1: "org:Org" },
  DelegateNamed: { 1: "member:s" },
  ChannelEstablished: { 2: "members:s*" },
  UnitRegistered: { 1: "area:i", 3: "import:s" },
  UnitAssigned: { 1: "owner:s" },
  HouseholdFormed: { 1: "unit:s", 2: "members:s*" },
  MemberAdmitted: { 3: "import:s" },
  MemberRevoked: {},
  ImportCompleted: {},
  Registrar: { 1: "member:s", 2: "org:s", 3: "key:b", 4: "boxKey:b" },
  RegistrarAppointed: { 1: "registrar:Registrar" },
  Trustee: { 1: "member:s", 2: "org:s", 3: "key:b", 4: "trusteeKey:b" },
  TrusteesAppointed: { 1: "trustees:Trustee*" },
  Requirement: { 1: "measure:n", 2: "of:n", 3: "base:n", 4: "numerator:i", 5: "denominator:i", 6: "strict:f", 7: "quorum:f" },
  WeightClass: { 1: "areaFrom:i", 2: "weight:i" },
  BallotRules: { 1: "form:n", 2: "optionsMin:n", 3: "optionsMax:n", 4: "pointsSumMax:i", 5: "costSumMax:i", 6: "scoreMin:i", 7: "pointsMin:i",
    8: "pointsMax:i", 9: "seats:n", 10: "utility:n", 11: "completion:n" },
  NoticeRules: { 1: "noticeSeconds:n", 3: "warning:s" },
  PaperRules: { 1: "operatorPermilleMax:n" },
  TurnoutRules: { 1: "nonVoters:n", 2: "abstentionsAbsent:f", 9: "channel:s", 10: "weightClasses:WeightClass*" },
  SecrecyRules: { 1: "secrecy:n", 2: "trusteesMin:n", 5: "intervalWidth:i", 7: "together:f" },
  PollRules: {
    1: "electorate:n", 2: "method:n", 3: "requirements:Requirement*", 4: "votingSeconds:n", 7: "closeWhenComplete:f", 11: "ballot:BallotRules",
    14: "turnout:TurnoutRules", 15: "notice:NoticeRules", 16: "paper:PaperRules", 17: "secrecy:SecrecyRules", 18: "tieRule:n",
  },
  Option: { 1: "code:s", 2: "title:s", 3: "cost:i" },
  Motion: { 1: "title:s", 2: "text:s", 3: "options:Option*", 4: "budget:i" },
  PollCalled: { 1: "matter:s", 2: "motion:s", 3: "question:Motion", 4: "rules:PollRules", 5: "convener:s", 7: "appeal:s" },
  PollKeyOffered: { 1: "boxKey:b" },
  PollKeyHeld: {},
  KeyPublished: { 1: "privateKey:b" },
  CeremonyBegun: { 1: "round:n", 2: "trustees:Trustee*", 3: "threshold:n", 4: "answersBy:i", 5: "context:b" },
  KeyPartAdded: { 1: "round:n", 2: "trustee:n", 3: "message:b", 4: "promise:b" },
  CeremonyFailed: { 1: "round:n", 2: "trustees:n*" },
  PollKeySealed: { 1: "seal:b", 2: "boxKey:b" },
  Measured: { 1: "households:i", 2: "weight:i" },
  Roll: {
    1: "root:b", 2: "voters:n", 3: "heads:i", 4: "area:i", 5: "position:q", 6: "allHeads:i", 7: "allArea:i", 20: "measured:Measured",
    21: "allMeasured:Measured",
  },
  RegistrationBegun: { 1: "roll:Roll", 2: "registrar:Registrar", 3: "endsAt:i" },
  VoterRegistered: { 1: "commitment:b", 2: "receipt:b", 3: "channel:n", 4: "mandate:s", 5: "org:s" },
  RegistrationEnded: { 1: "voters:n" },
  CredentialRow: { 1: "key:b", 2: "heads:i", 3: "area:i", 4: "measured:Measured", 5: "channel:n" },
  CredentialsListed: { 1: "rows:CredentialRow*" },
  RosterSealed: { 1: "root:b", 2: "credentials:n" },
  RosterContested: { 1: "voter:s", 2: "key:b", 3: "salt:b" },
  OpeningLapsed: {},
  Text: {},
  NoticeIssued: { 1: "roll:Roll", 2: "question:b", 3: "warning:s", 4: "opensAt:i", 5: "closesAt:i", 6: "notice:b" },
  NoticeDelivered: { 1: "channel:n", 2: "notice:b", 3: "at:i", 4: "evidence:Text", 5: "inTime:f", 6: "mandate:s", 7: "by:s*" },
  DeliveryFailed: { 2: "notice:b", 4: "by:s*" },
  VotersReminded: {},
  DeliveryShare: { 1: "channel:n", 2: "voters:n", 3: "inTime:n", 4: "firstAt:i", 5: "lastAt:i" },
  NoticeReport: { 1: "notice:b", 2: "issuedAt:i", 3: "deliveries:DeliveryShare*", 4: "failed:n", 5: "untried:n", 6: "reminders:n" },
  PollOpened: { 1: "roll:Roll", 2: "openedAt:i", 3: "closesAt:i", 4: "election:b" },
  PollExtended: { 2: "closesAt:i" },
  BallotCast: { 1: "box:b", 3: "hosted:f", 4: "inPerson:f", 5: "mandate:s", 40: "channel:n", 41: "paper:n", 42: "twin:n" },
  PaperIssued: { 1: "paper:s", 2: "commitment:b" },
  PaperVoided: { 1: "paper:s" },
  PaperEntered: { 1: "paper:s", 2: "org:s", 3: "proof:b", 4: "sealedMark:b", 5: "box:b", 7: "atNight:f" },
  PaperReentered: { 1: "paper:s", 2: "org:s", 3: "proof:b", 4: "mark:b", 5: "box:b", 7: "atNight:f", 8: "agreement:n" },
  Choice: { 1: "options:n*", 2: "points:i*", 3: "padding:b*" },
  SecretBallotCast: { 1: "key:b", 2: "sequence:q", 3: "ballot:b" },
  SecretBallotChallenged: { 1: "key:b", 2: "sequence:q", 3: "ballot:b", 4: "opening:b" },
  SecretPaperEntered: { 1: "key:b", 2: "org:s", 3: "sealedMark:b", 4: "proof:b", 5: "atNight:f" },
  SecretPaperReentered: { 1: "key:b", 2: "org:s", 3: "mark:b", 4: "proof:b", 5: "atNight:f", 6: "agreement:n", 7: "twin:n" },
  BallotCompared: { 1: "differs:f", 2: "proof:b" },
  ChannelShare: { 1: "channel:n", 2: "ballots:n", 3: "heads:i", 4: "area:i" },
  OperatorShare: { 1: "operator:s", 2: "papers:n" },
  ChannelReport: {
    1: "channels:ChannelShare*", 2: "standsWithoutPapers:f", 3: "issued:n", 4: "voided:n", 5: "halfEntered:n", 6: "disputed:n", 7: "unresolved:n",
    8: "superseded:n", 9: "entriesAtNight:n", 10: "operatorsOver:OperatorShare*",
  },
  CastShare: { 1: "ballots:n", 2: "heads:i", 3: "area:i", 20: "measured:Measured" },
  CastBy: { 1: "device:CastShare", 2: "hosted:CastShare", 3: "helper:CastShare", 4: "standsWithoutHelpers:f", 40: "paper:CastShare" },
  PollClosed: { 1: "ballots:n" },
  SharePublished: { 1: "trustee:n", 2: "message:b", 3: "nonce:b" },
  SharesMissing: { 1: "trustees:n*" },
  LeakReport: { 5: "refused:s" },
  LeakStep: { 1: "secrecy:n", 2: "report:LeakReport" },
  TotalClaim: { 1: "threshold:i" },
  EncryptedTotal: { 1: "measure:n", 2: "option:n", 3: "sum:b", 4: "bound:i", 5: "claims:TotalClaim*" },
  EncryptedTally: { 1: "secrecy:n", 2: "totals:EncryptedTotal*", 3: "leak:LeakStep*", 4: "ballots:n", 5: "replaced:n", 6: "challenged:n", 7: "together:f" },
  EncryptedTallyRecorded: { 1: "tally:EncryptedTally" },
  TotalsDecrypted: { 1: "trustee:n", 2: "message:b" },
  TotalsBlinded: { 1: "trustee:n", 2: "messages:b*" },
  TotalsProved: { 1: "trustee:n", 2: "verdicts:b*" },
  InvalidBallots: { 1: "unopened:n", 2: "misplaced:n", 3: "malformed:n", 4: "outsideRules:n", 40: "unequal:n" },
  OptionTotal: { 1: "option:n", 2: "heads:i", 3: "area:i", 4: "score:i", 20: "measured:Measured" },
  Inequality: { 1: "left:s", 2: "sign:s", 3: "right:s", 4: "holds:f", 5: "requirement:Requirement", 6: "baseZero:f" },
  Tie: { 1: "options:n*", 2: "total:i", 3: "value:s" },
  CountStep: { 1: "options:n*", 2: "figures:s*", 3: "won:n*", 4: "out:n*", 5: "completion:f" },
  Turnout: {
    1: "abstentionsAbsent:f", 2: "nonVoters:n", 3: "delivered:n", 4: "heads:i", 5: "area:i", 6: "measured:Measured", 7: "undelivered:n", 8: "joined:f",
    9: "option:n", 10: "warning:s", 11: "inequalitiesWithout:Inequality*", 12: "resultWithout:n",
  },
  TotalRange: { 1: "measure:n", 2: "option:n", 3: "low:i", 4: "high:i" },
  SecretReport: { 1: "secrecy:n", 2: "credentials:n", 3: "challenged:n", 4: "trustees:n*", 5: "ranges:TotalRange*", 7: "together:n" },
  Tally: {
    1: "ballots:n", 2: "valid:n", 3: "invalid:n", 4: "replaced:n", 5: "hosted:n", 6: "standsWithoutHosted:f", 7: "inPerson:n",
    8: "participantsHeads:i", 9: "participantsArea:i",
    10: "totals:OptionTotal*", 11: "inequalities:Inequality*", 12: "result:n", 13: "winners:n*", 14: "costFen:i", 15: "tieBroken:f",
    16: "abstained:n", 17: "validHeads:i", 18: "validArea:i", 19: "invalidBallots:InvalidBallots", 20: "ties:Tie*", 21: "castBy:CastBy", 22: "tieSeed:b",
    30: "participantsMeasured:Measured", 31: "validMeasured:Measured", 32: "turnout:Turnout", 40: "channels:ChannelReport", 50: "steps:CountStep*",
    60: "notice:NoticeReport", 70: "secret:SecretReport",
  },
  TallyRecorded: { 1: "tally:Tally", 2: "objectionsUntil:i" },
  ObjectionRaised: {},
  Recount: { 2: "same:f" },
  BallotsRecounted: { 1: "recount:Recount" },
  PaperAudit: { 1: "verdict:n" },
  CertificateIssued: {
    1: "motion:s", 2: "roll:Roll", 3: "tally:Tally", 4: "objections:n", 5: "adopted:f", 7: "appeal:s", 8: "withheld:n*", 30: "recount:Recount",
    40: "paperAudit:PaperAudit",
  },
};

const empty = { s: "", n: 0, i: 0n, q: 0n, f: false };

function fieldsOf(name) {
  return Object.fromEntries(Object.entries(schema[name]).map(([number, text]) => {
    const [field, type] = text.split(":"), many = type.endsWith("*");
    return [number, { field, many, type: many ? type.slice(0, -1) : type }];
  }));
}
const fields = Object.fromEntries(Object.keys(schema).map((name) => [name, fieldsOf(name)]));

// known tells whether a message of this name is read here.
export const known = (name) => name in schema;

// decode reads a message, or throws. What it does not know it counts in $unknown.
export function decode(name, bytes) {
  const out = { $raw: bytes, $type: name, $unknown: 0 };
  for (const { field, many, type } of Object.values(fields[name])) {
    if (many) out[field] = [];
    else if (type === "b") out[field] = new Uint8Array(0);
    else if (type in empty) out[field] = empty[type];
  }
  let at = 0;
  const varint = () => {
    let n = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at >= bytes.length) throw new Error("a message ends too early");
      const b = bytes[at++];
      n |= BigInt(b & 127) << shift;
      if (b < 128) return BigInt.asUintN(64, n);
    }
    throw new Error("a number is too long");
  };
  const take = (n) => {
    if (at + n > bytes.length) throw new Error("a message ends too early");
    return bytes.subarray(at, (at += n));
  };
  const number = (type, n) => {
    if (type === "n") return Number(BigInt.asUintN(32, n));
    if (type === "f") return n !== 0n;
    return type === "i" ? BigInt.asIntN(64, n) : n;
  };
  while (at < bytes.length) {
    const tag = varint(), wire = Number(tag & 7n), f = fields[name][Number(tag >> 3n)];
    if (tag >> 3n === 0n) throw new Error("a field has no number");
    const value = wire === 0 ? varint() : wire === 1 ? take(8) : wire === 2 ? take(Number(varint())) : wire === 5 ? take(4) : undefined;
    if (value === undefined) throw new Error("a field of an unknown kind");
    const scalar = f && f.type in empty && f.type !== "s";
    if (!f || (wire !== 2 && !(scalar && wire === 0)) || (wire === 2 && scalar && !f.many)) { out.$unknown++; continue; }
    let list;
    if (wire === 0) list = [number(f.type, value)];
    else if (scalar) list = packed(value).map((n) => number(f.type, n));
    else if (f.type === "s") list = [utf8.decode(value)];
    else if (f.type === "b") list = [value];
    else list = [decode(f.type, value)];
    if (f.many) out[f.field].push(...list);
    else [out[f.field]] = list.slice(-1);
  }
  return out;
}

function packed(bytes) {
  const out = [];
  for (let at = 0; at < bytes.length; ) {
    let n = 0n, shift = 0n, b;
    do {
      if (at >= bytes.length) throw new Error("a list ends too early");
      b = bytes[at++];
      n |= BigInt(b & 127) << shift;
      shift += 7n;
    } while (b >= 128);
    out.push(BigInt.asUintN(64, n));
  }
  return out;
}
