// What the console says, in both languages. Every sentence stands in words/zh.json and words/en.json under one key; console_test.go
// compares the sets and looks that each key is used.
// A reader fetches the book of their language, and the other one when they want it.
import { fetched } from "./fetched";
import { Store, useStore } from "./store";
import type zh from "./words/zh.json";

export type Language = "zh" | "en";
export type Key = keyof typeof zh;

type Book = Record<string, string>;

const fetchBook: Record<Language, () => Promise<Book>> = {
  zh: async () => (await import("./words/zh.json")).default,
  en: async () => (await import("./words/en.json")).default,
};
const books: Record<Language, Book> = { zh: {}, en: {} };
const kept = "renlin.language";

function first(): Language {
  const chosen = localStorage.getItem(kept);
  if (chosen === "zh" || chosen === "en") return chosen;
  const wanted = navigator.languages.map((l) => l.slice(0, 2)).find((l) => l === "zh" || l === "en");
  return (wanted as Language | undefined) ?? "zh";
}

export const language = new Store<Language>(first());

/** choose takes a language once its words are here; a reader who cannot have them now keeps the one they have. */
export async function choose(l: Language): Promise<void> {
  await words(l);
  localStorage.setItem(kept, l);
  language.set(l);
}

/** words has the words of a language be here. */
export async function words(l: Language): Promise<void> {
  books[l] = await fetched(fetchBook[l]);
}

/** say gives the words of a key, with what stands in braces replaced. */
export function say(key: Key, values: Record<string, string | number> = {}): string {
  const text = books[language.value][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (all, name: string) => (name in values ? String(values[name]) : all));
}

/** named gives the words of a key that is put together of a fixed part and a value of the record, or the value itself if it has none. */
export function named(prefix: string, value: string | number): string {
  return books[language.value][`${prefix}.${value}`] ?? String(value);
}

/** bothOf takes the reader's language of a title that is written as “中文 / English”; a title in one language is left as it is. */
export function bothOf(title: string): string {
  const parts = title.split(" / ");
  return parts.length === 2 ? parts[language.value === "zh" ? 0 : 1] : title;
}

/** useWords draws a part anew when the reader takes the other language. */
export function useWords(): typeof say {
  useStore(language);
  return say;
}
