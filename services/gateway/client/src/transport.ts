// How a request gets to the gateway: by fetch, or by the request function of a mini-program's platform. A transport answers whatever status came;
// it throws Unreachable if none did.
import { textOf } from "./bytes";

export interface Request {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
  /** The answer is bytes and no text, such as blocks of the record. */
  binary?: boolean;
}

export interface Response {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  text: string;
  /** Of what was asked as binary; the text is empty then, unless it is a refusal. */
  bytes?: Uint8Array;
}

export type Transport = (request: Request) => Promise<Response>;

/** Unreachable says that no answer came: the request may have been done, or not. */
export class Unreachable extends Error {
  readonly name = "Unreachable";
  constructor() {
    super("no answer came");
  }
}

/** answered reads a gateway's answer. What was cut off on the way, or is a page of somebody else's, is none: what was asked may have been done, or not. */
export function answered<T>(answer: Response): T {
  try {
    return JSON.parse(answer.text) as T;
  } catch {
    throw new Unreachable();
  }
}

/** After so long an answer is given up; what was asked may have been done all the same. */
export const timeoutMs = 20000;

interface Fetched {
  status: number;
  headers: { forEach(each: (value: string, name: string) => void): void };
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
}
type Fetch = (url: string, options: object) => Promise<Fetched>;
declare const AbortController: (new () => { signal: unknown; abort(): void }) | undefined;
declare const setTimeout: (f: () => void, ms: number) => unknown;
declare const clearTimeout: (timer: unknown) => void;

/** fetchTransport is for browsers and Node. It follows no redirect: a gateway sends none. */
export function fetchTransport(fetch: Fetch): Transport {
  return async ({ method, url, headers, body, binary }) => {
    const stop = typeof AbortController === "undefined" ? undefined : new AbortController();
    const timer = setTimeout(() => stop && stop.abort(), timeoutMs);
    try {
      const answer = await fetch(url, {
        method, headers, body, redirect: "error", credentials: "omit", cache: "no-store", signal: stop && stop.signal,
      });
      const out: Response = { status: answer.status, headers: {}, text: "" };
      if (binary && answer.status === 200) out.bytes = new Uint8Array(await answer.arrayBuffer());
      else out.text = await answer.text();
      answer.headers.forEach((value, name) => (out.headers[name.toLowerCase()] = value));
      return out;
    } catch {
      throw new Unreachable();
    } finally {
      clearTimeout(timer);
    }
  };
}

interface PlatformAnswer {
  statusCode: number;
  header?: Record<string, unknown>;
  data: unknown;
}
interface PlatformRequest {
  url: string;
  method: string;
  header: Record<string, string>;
  data?: unknown;
  dataType: string;
  responseType: string;
  timeout: number;
  success(answer: PlatformAnswer): void;
  fail(): void;
}

/** platformTransport is for mini-programs: give it wx.request, or Taro.request, which has the same form. */
export function platformTransport(request: (options: PlatformRequest) => unknown): Transport {
  return ({ method, url, headers, body, binary }) =>
    new Promise((done, refuse) => {
      const task = request({
        url, method, header: headers, data: typeof body === "string" || body === undefined ? body : body.slice().buffer,
        dataType: binary ? "bytes" : "text", // "text": the platform must not read it as JSON, numbers would lose
        responseType: binary ? "arraybuffer" : "text", timeout: timeoutMs,
        success: ({ statusCode, header, data }) => {
          const names: Record<string, string> = {};
          for (const name of Object.keys(header || {})) names[name.toLowerCase()] = String((header as Record<string, unknown>)[name]);
          const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : undefined;
          if (bytes && statusCode === 200) return done({ status: statusCode, headers: names, text: "", bytes });
          const text = bytes ? textOf(bytes) || "" : typeof data === "string" ? data : JSON.stringify(data) || "";
          return done({ status: statusCode, headers: names, text });
        },
        fail: () => refuse(new Unreachable()),
      }) as { catch?: (none: () => void) => unknown } | undefined;
      if (task && task.catch) task.catch(() => undefined); // Taro's answers a promise as well, whose failure has been told already
    });
}
