// What the platform demands of the one domain that a mini-program asks: its list takes names under HTTPS, without a port, and no addresses of
// machines. A build for trying things out, which says no gateway, asks this machine; the platform's tools run that with their own check off.
const here = "http://127.0.0.1:8686";

/** wrong says what keeps a gateway off the platform's list; nothing where it may stand there. */
function wrong(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return "it is no address";
  }
  if (url.protocol !== "https:") return "it is not under https";
  if (url.port !== "" || /:\d+$/.test(address)) return "it names a port";
  if (url.username !== "" || url.password !== "") return "it names a user";
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || address.endsWith("/")) return "it goes on after the name";
  if (/^\[|^[\d.]+$/.test(url.hostname)) return "it is a machine's number and not a name";
  if (!/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(url.hostname)) return "it is no name that everybody can find";
  return "";
}

/** gatewayOf is the gateway that a build asks: the one that was named, which must be fit for the platform, or this machine. */
function gatewayOf(named) {
  if (!named) return here;
  const why = wrong(named);
  if (why) throw new Error(`RENLIN_GATEWAY ${named}: ${why}; the platform takes https:// and a name, such as https://renlin.example`);
  return named;
}

module.exports = { gatewayOf, here, wrong };
