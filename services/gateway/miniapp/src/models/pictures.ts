// Photographs on their way into the vault: how they are made small enough, and why one is not taken.

/** What the vault takes of one sealed thing is 64 KiB; a little is left for what a picture's form needs. */
export const pictureBytesMax = 60 << 10;
/** As many stand beside the words of one thing, by the rules. */
export const picturesMax = 3;
/** More than this no telephone's photograph has, and none is read into memory. */
export const fileBytesMax = 30 << 20;

export const kinds = ["image/jpeg", "image/png", "image/webp"];

export type Wrong = "type" | "large" | "damaged";

/** wrongWith is why a file is not taken, as far as its name and size tell. */
export function wrongWith(file: { type: string; size: number }): Wrong | undefined {
  if (!kinds.includes(file.type)) return "type";
  return file.size > fileBytesMax ? "large" : undefined;
}

/** Try is one way to make a picture smaller: its longer side, and how much JPEG leaves out. */
export interface Try {
  width: number;
  height: number;
  quality: number;
}

/** triesFor begins with what can be read best. No side becomes longer than it is, and none vanishes. */
export function triesFor(width: number, height: number): Try[] {
  const longer = Math.max(width, height);
  const out: Try[] = [];
  for (const side of [1280, 1024, 800, 640, 480]) {
    const scale = Math.min(1, side / longer);
    const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
    for (const quality of [0.8, 0.65, 0.5]) out.push({ ...size, quality });
  }
  return out;
}
