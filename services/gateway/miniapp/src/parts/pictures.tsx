// Photographs: attaching some beside what one says, and looking at those that the record names.
import { useEffect, useRef, useState } from "react";
import type { Device, Picture } from "@renlin/client";
import { canAttach, chosenPicture, draw, NotTaken, pictureIn, pictureOf } from "@/core/pictures";
import { inBrowser } from "@/core/platform";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Notice, Show } from "./basics";
import { kinds, picturesMax, type Wrong } from "@/models/pictures";

export interface Attached {
  list: Picture[];
  set: (list: Picture[]) => void;
}

/** usePictures keeps what is attached until it is sent; it is in memory only, and is gone when the app is closed. */
export function usePictures(): Attached {
  const [list, set] = useState<Picture[]>([]);
  return { list, set };
}

/** Attach takes photographs, makes them small on this device, and shows what will be sent. */
export function Attach({ id, list, set }: Attached & { id: string }) {
  const say = useWords();
  const [wrong, setWrong] = useState<Wrong>();
  const [busy, setBusy] = useState(false);
  const add = async (from: () => Promise<Picture | undefined>): Promise<void> => {
    setWrong(undefined);
    setBusy(true);
    try {
      const picture = await from();
      if (picture) set([...list, picture].slice(0, picturesMax));
    } catch (error) {
      setWrong(error instanceof NotTaken ? error.why : "damaged");
    }
    setBusy(false);
  };
  if (!canAttach()) return null;
  const full = list.length >= picturesMax;
  return (
    <div className="field">
      {inBrowser ? (
        <>
          <label className="label" htmlFor={id}>{say("picture.add")}</label>
          <input className="input" id={id} type="file" accept={kinds.join(",")} disabled={full || busy} aria-describedby={`${id}-hint`} onChange={(e) => {
            const [file] = Array.from(e.target.files || []);
            e.target.value = ""; // the same one can be chosen again
            if (file) void add(() => pictureOf(file));
          }} />
        </>
      ) : <Button kind="plain" id={id} disabled={full || busy} onPress={() => add(chosenPicture)}>{say("picture.add")}</Button>}
      <p className="hint" id={`${id}-hint`}>{say("picture.hint", { n: picturesMax })}</p>
      {busy ? <p className="quiet" role="status">{say("picture.busy")}</p> : null}
      {wrong ? <Notice kind="bad">{say(`picture.wrong_${wrong}` as Word)}</Notice> : null}
      {list.map((picture, i) => (
        <div key={picture.data} className="picture">
          <Drawn picture={picture} label={say("picture.of", { n: i + 1 })} />
          <Button kind="plain" id={`${id}-drop-${i}`} onPress={() => set(list.filter((p) => p !== picture))}>{say("picture.drop", { n: i + 1 })}</Button>
        </div>
      ))}
    </div>
  );
}

/** Drawn is a picture; in a browser it is drawn, for the policy of contents takes pictures from the gateway's addresses alone. */
function Drawn({ picture, label }: { picture: Picture; label: string }) {
  const say = useWords();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [broken, set] = useState(false);
  useEffect(() => {
    if (inBrowser && canvas.current) void draw(picture, canvas.current).then((there) => set(!there));
  }, [picture.data]);
  if (broken) return <Notice kind="bad">{say("words.broken")}</Notice>;
  if (inBrowser) return <canvas ref={canvas} className="photo" role="img" aria-label={label} />;
  return <img className="photo" src={`data:${picture.media};base64,${picture.data}`} alt={label} />;
}

interface Named {
  ref: string;
  commitment: string;
}

/** Pictures shows those that the record names, once they are asked for: that they were looked at is on the record. */
export function Pictures({ pictures, subject, namedBy, purpose = "PURPOSE_DELIBERATION" }: {
  pictures?: Named[] | null; subject: string; namedBy: string; purpose?: string;
}) {
  const say = useWords();
  const [open, set] = useState(false);
  if (!pictures || pictures.length === 0) return null;
  if (!open) return <Button kind="plain" id="pictures" onPress={() => set(true)}>{say("picture.look", { n: pictures.length })}</Button>;
  return <>{pictures.map((p, i) => <Opened key={p.ref} picture={p} n={i + 1} {...{ subject, namedBy, purpose }} />)}</>;
}

function Opened({ picture, n, subject, namedBy, purpose }: { picture: Named; n: number; subject: string; namedBy: string; purpose: string }) {
  const say = useWords();
  const loaded = useLoad(async (device: Device) => ({
    seen: await pictureIn(device, { ref: picture.ref, commitment: picture.commitment, subject, namedBy, purpose }),
  }), [picture.ref]);
  return (
    <Show of={loaded}>
      {({ seen }) => (seen ? <Drawn picture={seen} label={say("picture.of", { n })} /> : <Notice kind="bad">{say("words.broken")}</Notice>)}
    </Show>
  );
}
