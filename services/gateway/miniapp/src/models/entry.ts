// What people type at the way in.

/** readMember reads a member's id as it stands on paper, with spaces or hyphens and in any case; undefined if it is none. */
export function readMember(text: string): string | undefined {
  const id = text.replace(/[\s-]/g, "").toLowerCase();
  return /^[a-z2-7]{26}$/.test(id) ? id : undefined;
}

/** grouped writes an id in groups of four, as people read it to each other. */
export const grouped = (id: string): string => (id.match(/.{1,4}/g) || []).join(" ");
