// Times as people write them, in Beijing time whatever the device thinks; a mini-program has no Intl to rely on.

const hour = 3_600_000;
const days = { zh: ["周日", "周一", "周二", "周三", "周四", "周五", "周六"], en: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] };
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** when writes a time of milliseconds since 1970: 11月29日 周日 18:30. The year stands there if it is not this one's. */
export function when(ms: number, now: number, language: "zh" | "en"): string {
  const t = new Date(ms + 8 * hour);
  const two = (n: number): string => (n < 10 ? "0" : "") + n;
  const clock = `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}`;
  const day = days[language][t.getUTCDay()];
  const year = t.getUTCFullYear() === new Date(now + 8 * hour).getUTCFullYear() ? undefined : t.getUTCFullYear();
  if (language === "zh") return `${year ? `${year}年` : ""}${t.getUTCMonth() + 1}月${t.getUTCDate()}日 ${day} ${clock}`;
  return `${day} ${t.getUTCDate()} ${months[t.getUTCMonth()]}${year ? ` ${year}` : ""}, ${clock}`;
}

/** Left is how much time there is: a number of the largest unit that fits, rounded down. */
export interface Left {
  unit: "days" | "hours" | "minutes" | "over";
  n: number;
}

export function left(until: number, now: number): Left {
  const ms = until - now;
  if (ms <= 0) return { unit: "over", n: 0 };
  if (ms >= 48 * hour) return { unit: "days", n: Math.floor(ms / (24 * hour)) };
  if (ms >= 2 * hour) return { unit: "hours", n: Math.floor(ms / hour) };
  return { unit: "minutes", n: Math.max(1, Math.floor(ms / 60_000)) };
}
