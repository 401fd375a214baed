// A rulebook that is being amended. Of most of it the draft is what the record holds; the numbers that are changed most often have fields.

export interface BookMatter {
  code: string;
  title?: string;
  threshold_members?: number;
  threshold_numerator?: number;
  threshold_denominator?: number;
  deliberation_seconds?: number;
  poll?: { voting_seconds?: number; veto_seconds?: number };
}

export interface Book {
  version?: number;
  matters?: BookMatter[];
}

/** Numbers are those that have fields, as people write them: times in hours. */
export interface Numbers {
  members: number;
  share: [number, number];
  deliberationHours: number;
  votingHours: number;
  vetoHours: number;
}

const hour = 3600;
const hours = (seconds: number | undefined) => Math.round(((seconds ?? 0) / hour) * 100) / 100;

export function numbersOf(m: BookMatter): Numbers {
  return {
    members: m.threshold_members ?? 0,
    share: [m.threshold_numerator ?? 0, m.threshold_denominator ?? 1],
    deliberationHours: hours(m.deliberation_seconds),
    votingHours: hours(m.poll?.voting_seconds),
    vetoHours: hours(m.poll?.veto_seconds),
  };
}

/** changed gives the book with a matter's numbers changed. What was not touched stays to the second, also where hours do not say it. */
export function changed(book: Book, code: string, to: Numbers): Book {
  const matters = (book.matters ?? []).map((m) => {
    if (m.code !== code) return m;
    const was = numbersOf(m);
    const time = (before: number, after: number, seconds: number | undefined) => (before === after ? seconds : Math.round(after * hour));
    const share = to.share[0] === was.share[0] && to.share[1] === was.share[1];
    return {
      ...m,
      threshold_members: to.members,
      ...(!share && { threshold_numerator: to.share[0], threshold_denominator: to.share[1] }),
      deliberation_seconds: time(was.deliberationHours, to.deliberationHours, m.deliberation_seconds),
      poll: m.poll && {
        ...m.poll,
        voting_seconds: time(was.votingHours, to.votingHours, m.poll.voting_seconds),
        veto_seconds: time(was.vetoHours, to.vetoHours, m.poll.veto_seconds),
      },
    };
  });
  return { ...book, matters };
}

/** share reads “1/20”; undefined if it is none. */
export function share(text: string): [number, number] | undefined {
  const found = /^\s*(\d{1,6})\s*\/\s*(\d{1,6})\s*$/.exec(text);
  if (!found || Number(found[2]) === 0 || Number(found[1]) > Number(found[2])) return undefined;
  return [Number(found[1]), Number(found[2])];
}
