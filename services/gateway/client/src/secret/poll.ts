// A secret poll in which ballots can be cast, as the record tells it.
import { join, same, str, utf8 } from "../bytes";
import { sha256 } from "../sha256";
import { Election } from "./ballot";
import { CeremonyState, keyOf } from "./ceremony";
import { Choice, choiceOf, formOf, PollRules, Question, selectionsOf } from "./fillings";
import { encode, Json } from "./messages";
import { insist } from "./refusal";
import { Shape } from "./shape";
import { bytesOf } from "./wire";

export interface Registrar {
  member?: string;
  org?: string;
  key?: string;
  box_key?: string;
}

/** What record poll/<id> says, as far as a voter's device needs it. */
export interface PollState {
  question: Question & Json;
  rules: PollRules & Json;
  lapsed?: string;
  opened_at?: number;
  closes_at?: number;
  closed?: boolean;
  ceremony?: CeremonyState;
  secret?: {
    registrar?: Registrar;
    roll?: Json;
    ends_at?: number;
    ended?: boolean;
    root?: string;
    credentials?: number;
    contested_until?: number;
    election?: string;
  };
}

/** Where a secret poll stands, for its voter. */
export type Stage = "key" | "registering" | "listing" | "contesting" | "open" | "closed" | "lapsed";

export function stageOf(state: PollState): Stage {
  if (state.lapsed) return "lapsed";
  if (state.closed) return "closed";
  if (state.opened_at) return "open";
  if (!state.secret) return "key";
  if (!state.secret.ended) return "registering";
  return state.secret.root ? "contesting" : "listing";
}

// electionOf is the hash of everything that ballots are bound to: docs/format.md section 18.
export function electionOf(id: string, state: PollState): Uint8Array {
  const hashed = [encode("Motion", state.question), encode("PollRules", state.rules), encode("Roll", state.secret?.roll ?? {})].map(sha256);
  return sha256(join(utf8("renlin/election/1\n"), str(id), ...hashed, bytesOf(state.secret?.root), bytesOf(state.ceremony?.seal)));
}

export class Poll {
  private constructor(readonly id: string, readonly election: Election, private readonly state: PollState) {}

  /**
   * Reads a poll and checks that it is whole: that the trustees' words make the key, and that the election is the hash of everything that the
   * poll says of itself. So a device that was told another question, roster or key than everybody else finds out before it encrypts anything.
   */
  static read(id: string, state: PollState): Poll {
    const { secret, ceremony } = state;
    const level = state.rules.secrecy?.secrecy ?? 0;
    insist(secret?.root !== undefined && secret.election !== undefined && ceremony !== undefined && level > 1, "election.untrue");
    const key = keyOf(id, ceremony);
    insist(same(electionOf(id, state), bytesOf(secret.election)), "election.untrue");
    return new Poll(id, new Election(bytesOf(secret.election), key, new Shape(formOf(state.question, state.rules))), state);
  }

  /** What is encrypted for a choice, which is written as on an open ballot. */
  selections(choice: Choice): number[] {
    return selectionsOf(this.state.question, this.state.rules, choice);
  }

  /** What selections say: what a voter compares with what they had entered. */
  choice(selections: number[]): Choice {
    return choiceOf(this.state.question, this.state.rules, selections);
  }
}
