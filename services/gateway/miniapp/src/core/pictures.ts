// Photographs, by what the platform has for them. What is sent was drawn anew on this device: smaller, and without where and when it was taken; the gateway
// takes out what might be left of that.
import Taro from "@tarojs/taro";
import { base64, fromBase64, type Device, type Picture, type Reading } from "@renlin/client";
import { inBrowser } from "./platform";
import { pictureBytesMax, triesFor, wrongWith, type Wrong } from "@/models/pictures";

/** NotTaken says why a file is no picture that can be sent. */
export class NotTaken extends Error {
  constructor(readonly why: Wrong) {
    super(why);
  }
}

const blobOf = (canvas: HTMLCanvasElement, quality: number): Promise<Blob | null> => new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));

/** pictureOf makes a photograph of a browser's file. */
export async function pictureOf(file: Blob): Promise<Picture> {
  const wrong = wrongWith(file);
  if (wrong) throw new NotTaken(wrong);
  const drawn = await createImageBitmap(file).catch(() => undefined);
  if (!drawn) throw new NotTaken("damaged");
  const canvas = document.createElement("canvas");
  for (const { width, height, quality } of triesFor(drawn.width, drawn.height)) {
    canvas.width = width;
    canvas.height = height;
    const paper = canvas.getContext("2d");
    if (!paper) break;
    paper.fillStyle = "#fff"; // what can be seen through has no colour of its own in JPEG
    paper.fillRect(0, 0, width, height);
    paper.drawImage(drawn, 0, 0, width, height);
    const blob = await blobOf(canvas, quality);
    if (blob && blob.size <= pictureBytesMax) return { media: "image/jpeg", data: base64(new Uint8Array(await blob.arrayBuffer())) };
  }
  throw new NotTaken("large");
}

/** chosenPicture asks a mini-program's platform for one, which makes it smaller itself; undefined if nobody chose any. */
export async function chosenPicture(): Promise<Picture | undefined> {
  const chosen = await Taro.chooseImage({ count: 1, sizeType: ["compressed"] }).catch(() => undefined);
  const [from] = (chosen && chosen.tempFilePaths) || [];
  if (!from) return undefined;
  for (const quality of [80, 60, 40, 20, 10]) {
    const { tempFilePath } = await Taro.compressImage({ src: from, quality }).catch(() => ({ tempFilePath: from }));
    const bytes = new Uint8Array(await readFile(tempFilePath));
    if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw new NotTaken("type");
    if (bytes.length <= pictureBytesMax) return { media: "image/jpeg", data: base64(bytes) };
  }
  throw new NotTaken("large");
}

const readFile = (filePath: string): Promise<ArrayBuffer> => new Promise((done, refuse) => {
  Taro.getFileSystemManager().readFile({ filePath, success: ({ data }) => done(data as ArrayBuffer), fail: () => refuse(new NotTaken("damaged")) });
});

const read = new Map<string, Promise<Picture | undefined>>();

/** pictureIn opens one that the record names; undefined if it does not hold. Each reading is on the record, so it is kept while the app is open. */
export function pictureIn(device: Device, reading: Reading): Promise<Picture | undefined> {
  const before = read.get(reading.ref);
  if (before) return before;
  const going = device.readPicture(reading).then((bytes) => bytes && { media: mediaOf(bytes), data: base64(bytes) });
  read.set(reading.ref, going);
  going.catch(() => read.delete(reading.ref));
  return going;
}

const mediaOf = (bytes: Uint8Array): string => (bytes[0] === 0xff ? "image/jpeg" : bytes[0] === 0x89 ? "image/png" : "image/webp");

/** forgetPictures is for sign-out and erasure. */
export const forgetPictures = (): void => read.clear();

/** draw puts a picture onto a browser's canvas: the policy of contents lets no address be a picture's but the gateway's. False if it is none. */
export async function draw(picture: Picture, canvas: HTMLCanvasElement): Promise<boolean> {
  const bytes = fromBase64(picture.data);
  const drawn = bytes && await createImageBitmap(new Blob([bytes], { type: picture.media })).catch(() => undefined);
  const paper = canvas.getContext("2d");
  if (!drawn || !paper) return false;
  canvas.width = drawn.width;
  canvas.height = drawn.height;
  paper.drawImage(drawn, 0, 0);
  return true;
}

export const canAttach = (): boolean => !inBrowser || (typeof createImageBitmap !== "undefined" && typeof HTMLCanvasElement !== "undefined");
