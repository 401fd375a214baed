// Words in Chinese and English, under one key each. A test holds the two against each other, and against the keys that the code names.
import english from "@/words/en.json";
import careEnglish from "@/words/en-care.json";
import helpEnglish from "@/words/en-help.json";
import chinese from "@/words/zh.json";
import careChinese from "@/words/zh-care.json";
import helpChinese from "@/words/zh-help.json";

const zh = { ...chinese, ...helpChinese, ...careChinese };
const en = { ...english, ...helpEnglish, ...careEnglish };

export type Word = keyof typeof zh;
export type Language = "zh" | "en";

const books: Record<Language, Record<string, string>> = { zh, en };

/** say gives the sentence of a key, with what it names filled in: {n} of the sentence is n of the values. */
export function say(language: Language, key: Word, values: Record<string, string | number> = {}): string {
  return books[language][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}
