// A text as a picture that cameras read. The arithmetic is a library's, loaded when somebody wants to see one.
import qrcode from "qrcode-generator";

const quiet = 4; // modules that are left blank around it, as readers expect

function drawn(text: string): { count: number; dark: (row: number, column: number) => boolean; url: () => string } {
  const code = qrcode(0, "M");
  code.addData(text, "Byte");
  code.make();
  return { count: code.getModuleCount(), dark: (row, column) => code.isDark(row, column), url: () => code.createDataURL(4, 4 * quiet) };
}

/** squaresOf draws it for SVG: its width in modules, and a path of all dark ones. */
export function squaresOf(text: string): { width: number; path: string } {
  const { count, dark } = drawn(text);
  const parts: string[] = [];
  for (let row = 0; row < count; row++) {
    for (let from = 0, to = 0; from < count; from = to + 1) {
      for (to = from; to < count && dark(row, to); to++);
      if (to > from) parts.push(`M${from + quiet} ${row + quiet}h${to - from}v1h-${to - from}z`);
    }
  }
  return { width: count + 2 * quiet, path: parts.join("") };
}

/** pictureOf draws it as a picture within an address, for platforms that have no SVG. */
export const pictureOf = (text: string): string => drawn(text).url();
