// The console: what committees, street offices and organisations work with. See docs/FACES.md.
import { render } from "preact";
import { begin } from "./connection";
import { Shell } from "./shell";
import "./style.css";
import { language } from "./words";

const tag = () => (document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en");
tag();
language.listen(tag);

const root = document.getElementById("console")!;
void begin().finally(() => {
  root.replaceChildren();
  render(<Shell />, root);
});
