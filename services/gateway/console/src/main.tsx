// The console: what committees, street offices and organisations work with. See docs/FACES.md.
import { render } from "preact";
import { begin } from "./connection";
import "./parts/figures.css";
import { Shell } from "./shell";
import "./style.css";
import { language, words } from "./words";

const tag = () => (document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en");
tag();
language.listen(tag);

const root = document.getElementById("console")!;
Promise.all([words(language.value), begin()]).then(
  () => {
    root.replaceChildren();
    render(<Shell />, root);
  },
  () => root.querySelector(".stuck")?.classList.add("now"), // its words stand in the page: those of a language may be what did not come
);
