// Secret ballots for a voter's device. Load it only through the door (../secret-door), which says in words where it cannot be used.
export { Election, type Made } from "./ballot";
export { Booth, type Cast, type Parcel } from "./booth";
export { Ballot, Credential } from "./credential";
export { BallotForm, byFilling, choiceOf, fillings, Method, selectionsOf, type Choice, type PollRules, type Question } from "./fillings";
export { keyOf as keyOfCeremony } from "./ceremony";
export { decode, encode, fieldsOf } from "./messages";
export { electionOf, Poll, stageOf, type PollState, type Registrar, type Stage } from "./poll";
export { Refusal, type Words } from "./refusal";
export { opened, readBlocks, Roster, type PollEvent, type Weight } from "./roster";
export { choose, oneOf, scores, Shape, type Form } from "./shape";
export { Voter, type Kept } from "./voter";
