// What pages with a check have in common: what they say stands in the page itself, in its language, and a step is an item of a list.
export const say = (key, values = {}) => {
  const words = document.getElementById("sayings").content.querySelector(`[data-key="${key}"]`).textContent;
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
};

// tell adds a step to the list: it holds, it does not, or, where holds is undefined, nobody could be asked.
export function tell(steps, name, holds) {
  const item = document.createElement("li"), mark = document.createElement("span");
  mark.className = holds === undefined ? "quiet" : holds ? "good" : "bad";
  mark.textContent = (holds === undefined ? "– " : holds ? "✓ " : "✗ ") + say("step." + name);
  item.append(mark);
  if (holds === false) {
    const why = document.createElement("p");
    why.textContent = say("broken." + name);
    item.append(why);
  }
  steps.append(item);
}

// keysOf reads the keys of log and witnesses that the page was made with.
export function keysOf(data) {
  return { log: data.log, witnesses: Object.keys(data).filter((k) => /^witness-?\d/.test(k)).map((k) => data[k]) };
}
