// A code that another telephone's camera reads.
import { useEffect, useState } from "react";
import { inBrowser } from "@/core/platform";
import { useWords } from "@/core/settings";
import { Notice } from "./basics";

type Drawing = typeof import("@/models/code");

export function Code({ text, label }: { text: string; label: string }) {
  const say = useWords();
  const [drawing, set] = useState<Drawing | "away">();
  useEffect(() => void import(/* webpackChunkName: "code" */ "@/models/code").then((d) => set(d), () => set("away")), []);
  if (drawing === undefined) return <p className="quiet" aria-busy="true">{say("loading")}</p>;
  if (drawing === "away") return <Notice kind="bad">{say("net.away")}</Notice>;
  if (!inBrowser) return <img className="code" src={drawing.pictureOf(text)} alt={label} />;
  const { width, path } = drawing.squaresOf(text);
  return (
    <svg className="code" viewBox={`0 0 ${width} ${width}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <path d={path} />
    </svg>
  );
}
