/**
 * Makes a screenshot small enough to keep in the repository: the 256 colours that occur most, every other pixel the nearest
 * of them, packed as tightly as deflate can. Reads what Chromium writes: 8-bit RGB or RGBA, not interlaced.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunks(png) {
  const found = [];
  for (let at = SIGNATURE.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    found.push({ kind: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return found;
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const a = Math.abs(guess - left);
  const b = Math.abs(guess - up);
  const c = Math.abs(guess - corner);
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** Undoes the line filters (PNG specification, section 9). */
function unfilter(raw, width, height, depth) {
  const stride = width * depth;
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x >= depth ? pixels[at - depth] : 0;
      const up = y > 0 ? pixels[at - stride] : 0;
      const corner = x >= depth && y > 0 ? pixels[at - stride - depth] : 0;
      let add = 0;
      if (filter === 1) add = left;
      else if (filter === 2) add = up;
      else if (filter === 3) add = (left + up) >> 1;
      else if (filter === 4) add = paeth(left, up, corner);
      pixels[at] = raw[y * (stride + 1) + 1 + x] + add;
    }
  }
  return pixels;
}

/** The same picture with at most 256 colours. */
export function shrink(png) {
  const parts = chunks(png);
  const header = parts.find(({ kind }) => kind === 'IHDR').data;
  const [width, height, bits, type, interlaced] = [
    header.readUInt32BE(0),
    header.readUInt32BE(4),
    header[8],
    header[9],
    header[12],
  ];
  if (bits !== 8 || (type !== 2 && type !== 6) || interlaced !== 0) return png;
  const depth = type === 2 ? 3 : 4;
  const raw = inflateSync(Buffer.concat(parts.filter(({ kind }) => kind === 'IDAT').map(({ data }) => data)));
  const pixels = unfilter(raw, width, height, depth);

  const counts = new Map();
  const colourAt = (at) => (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
  for (let at = 0; at < pixels.length; at += depth) counts.set(colourAt(at), (counts.get(colourAt(at)) ?? 0) + 1);
  const palette = [...counts]
    .sort((one, two) => two[1] - one[1])
    .slice(0, 256)
    .map(([colour]) => colour);

  const places = new Map(palette.map((colour, place) => [colour, place]));
  const nearest = (colour) => {
    let best = 0;
    let least = Infinity;
    for (const [place, known] of palette.entries()) {
      const red = (known >> 16) - (colour >> 16);
      const green = ((known >> 8) & 255) - ((colour >> 8) & 255);
      const blue = (known & 255) - (colour & 255);
      const far = 2 * red * red + 4 * green * green + 3 * blue * blue;
      if (far < least) [best, least] = [place, far];
    }
    places.set(colour, best);
    return best;
  };

  const lines = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const colour = colourAt((y * width + x) * depth);
      lines[y * (width + 1) + 1 + x] = places.get(colour) ?? nearest(colour);
    }

  const indexed = Buffer.from(header);
  indexed[9] = 3;
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const packed = chunk('IDAT', deflateSync(lines, { level: 9 }));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', indexed),
    chunk('PLTE', colours),
    packed,
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
