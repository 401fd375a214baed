// What was asked for and whose outcome nobody knows yet. Words are sealed under a new reference each time and a time limit is part of what
// is signed: an order that is made again is another command. So it is kept as it was made until the answer is known.

/** Once is what makes one command of all its sendings. notAfter is in milliseconds since 1970. */
export interface Once {
  key: string;
  notAfter: number;
}

export interface Held<O> extends Once {
  asked: string;
  order: O;
}

export class Open<O> {
  private held?: Held<O>;

  /** take gives what stands open for the same asking, or has it made. Without asked, the order itself tells whether it is the same. */
  async take(asked: string | undefined, make: () => O | Promise<O>, once: () => Once): Promise<Held<O>> {
    if (asked !== undefined && this.held?.asked === asked) return this.held;
    const order = await make();
    const same = asked ?? JSON.stringify(order);
    if (this.held?.asked !== same) this.held = { asked: same, order, ...once() };
    return this.held;
  }

  /** known tells that its outcome is: the same asking is then for another one. */
  known(held: Held<O>): void {
    if (this.held === held) this.held = undefined;
  }
}
