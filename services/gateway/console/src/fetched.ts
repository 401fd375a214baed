// What is fetched when it is first needed: screens, and the words of a language. Their files are named by their contents. After an upgrade
// the server has others, which only the new page names: then the page is loaded anew. Nobody loses what they typed by it, for it is on
// the way to another screen; sessions and place outlive it.

/** fetched gives what load fetches. It fails where the server does not answer. */
export async function fetched<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (e) {
    if (!(await replaced())) throw e;
    location.reload();
    return new Promise<T>(() => {}); // the page is left
  }
}

/** replaced tells whether the server has another page by now: one that does not name this script. */
async function replaced(): Promise<boolean> {
  const page = await fetch("/console/", { cache: "no-store", credentials: "omit" });
  const mine = document.querySelector<HTMLScriptElement>("script[type=module]")?.getAttribute("src");
  return page.ok && !(await page.text()).includes(`"${mine}"`);
}
