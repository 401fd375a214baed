// Charts as numbers: how long a bar is and where a line runs. Whole numbers in, whole numbers out; drawing is the part's.
export interface Datum {
  name: string;
  value: number;
  /** What is written beside it; the value itself if left out. */
  label?: string;
  /** Held back, so that nobody can be found in it. */
  hidden?: boolean;
  tone?: "good" | "bad" | "plain";
}

export interface Bar extends Datum {
  /** In thousandths of the widest. */
  part: number;
}

/** bars gives lengths; a whole, where there is one, is the widest there can be. */
export function bars(data: Datum[], whole = 0): Bar[] {
  const most = Math.max(whole, 1, ...data.filter((d) => !d.hidden).map((d) => d.value));
  return data.map((d) => ({ ...d, part: d.hidden || d.value <= 0 ? 0 : Math.max(4, Math.round((d.value * 1000) / most)) }));
}

export interface Line {
  points: { x: number; y: number; value: number; name: string }[];
  path: string;
  ticks: { y: number; value: number }[];
}

/** line places values on a field of a width and height, with ticks at round values. */
export function line(data: Datum[], width: number, height: number): Line {
  const seen = data.filter((d) => !d.hidden);
  const step = round(Math.max(1, ...seen.map((d) => d.value)) / 4);
  const top = step * Math.max(1, Math.ceil(Math.max(1, ...seen.map((d) => d.value)) / step));
  const y = (value: number) => Math.round(height - (value * height) / top);
  const points = seen.map((d, i) => ({
    x: seen.length > 1 ? Math.round((i * width) / (seen.length - 1)) : Math.round(width / 2),
    y: y(d.value),
    value: d.value,
    name: d.name,
  }));
  const ticks = [];
  for (let value = 0; value <= top; value += step) ticks.push({ y: y(value), value });
  return { points, path: points.map((p, i) => `${i ? "L" : "M"}${p.x} ${p.y}`).join(""), ticks };
}

/** round gives the next of 1, 2, 5, 10, 20, 50 … */
function round(n: number): number {
  for (let ten = 1; ; ten *= 10) for (const digit of [1, 2, 5]) if (ten * digit >= n) return ten * digit;
}
