// Shapes of records, as the API's document has them, under short names; and what follows from them alone.
import type { components } from "@renlin/client/schema";

type Schemas = components["schemas"];
export type Topic = Schemas["proposal.topic.Topic"];
export type Deliberation = Schemas["proposal.deliberation.Deliberation"];
export type Statement = Schemas["proposal.deliberation.Statement"];
export type Motion = Schemas["proposal.motion.Motion"];
export type Poll = Schemas["voting.poll.Poll"];
export type Rulebook = Schemas["standing.Rulebook"];
export type Member = Schemas["standing.Member"];

/** stageOfPoll is where a poll stands: the key of its words, as on the public pages. */
export function stageOfPoll(p: Poll): string {
  if (p.lapsed) return "lapsed";
  if (p.certified) return p.adopted ? "adopted" : "not_adopted";
  if (p.tally) return "objections";
  if (p.closed) return "counting";
  return p.opened_at ? "open" : "called";
}
