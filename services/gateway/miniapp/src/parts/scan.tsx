// Reading a code: by the platform's camera in a mini-program; in a browser from a picture or its camera, where the browser can; and otherwise not at all,
// and one pastes.
import Taro from "@tarojs/taro";
import { useState } from "react";
import { inBrowser } from "@/core/platform";
import { useWords } from "@/core/settings";
import { Button, Notice } from "./basics";

interface Detector {
  detect(picture: ImageBitmap): Promise<{ rawValue: string }[]>;
}
declare const BarcodeDetector: (new (options: { formats: string[] }) => Detector) | undefined;

const reads = (): boolean => inBrowser && typeof BarcodeDetector !== "undefined" && typeof createImageBitmap !== "undefined";

async function codeIn(file: Blob): Promise<string | undefined> {
  const picture = await createImageBitmap(file);
  const [found] = await new (BarcodeDetector as NonNullable<typeof BarcodeDetector>)({ formats: ["qr_code"] }).detect(picture);
  return found && found.rawValue;
}

export function Scan({ id, onRead }: { id: string; onRead: (text: string) => void }) {
  const say = useWords();
  const [none, set] = useState(false);
  const read = async (from: () => Promise<string | undefined>): Promise<void> => {
    set(false);
    const text = await from().catch(() => undefined);
    if (text) onRead(text);
    else set(true);
  };
  const camera = (): Promise<void> => read(async () => (await Taro.scanCode({ onlyFromCamera: false })).result);
  return (
    <>
      {inBrowser ? null : <Button id={id} kind="plain" onPress={camera}>{say("receipts.scan")}</Button>}
      {reads() ? (
        <div className="field">
          <label className="label" htmlFor={id}>{say("receipts.picture")}</label>
          <input className="input" id={id} type="file" accept="image/*" onChange={(e) => {
            const [file] = Array.from(e.target.files || []);
            if (file) void read(() => codeIn(file));
          }} />
        </div>
      ) : null}
      {none ? <Notice kind="bad">{say("receipts.no_code")}</Notice> : null}
    </>
  );
}
