// Refusals: problems of RFC 9457, each with a code for programs and a sentence for people.
import type { Response } from "./transport";
import type { components } from "./schema";

export type Problem = components["schemas"]["Problem"];

/** Refused is an answer that says no, and why. Its message can be shown to a resident. */
export class Refused extends Error {
  readonly name = "Refused";
  constructor(readonly problem: Problem, readonly retryAfterSeconds?: number) {
    super(problem.detail);
  }
  get code(): string {
    return this.problem.code;
  }
  /** Whether no gateway answered, but something on the way: a proxy while the gateway starts anew, or a page of a hotel's network. */
  get elsewhere(): boolean {
    return this.code === "client.no_gateway";
  }
  /** Whether the same bytes may be sent again later; anything else will be refused again. */
  get temporary(): boolean {
    return this.elsewhere || isTemporary(this.problem.status);
  }
}

export const isTemporary = (status: number): boolean => status === 429 || status === 503 || status === 504;

/** refusalOf reads an answer that is none. What did not come from a gateway at all, such as a page of a hotel's network, is said to be that. */
export function refusalOf(answer: Response): Refused {
  const after = Number(answer.headers["retry-after"]);
  const retry = answer.headers["retry-after"] !== undefined && after >= 0 ? after : undefined;
  try {
    const problem = JSON.parse(answer.text) as Problem;
    if (typeof problem.code === "string" && typeof problem.detail === "string") {
      return new Refused({ ...problem, status: answer.status }, retry);
    }
  } catch {
    // below
  }
  return new Refused({
    type: "about:blank", title: "没有回答 / No answer", status: answer.status, kind: "unavailable", lang: "zh",
    code: "client.no_gateway" as Problem["code"],
    detail: "回答的不是韧邻服务器，请检查网络。 / What answered is no Renlin gateway; please check the network.",
  }, retry);
}
