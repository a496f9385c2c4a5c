/**
 * Maps as PNG, value for value. A canvas would not do: colour management and premultiplied alpha may change what it
 * reads. Source: PNG specification, third edition (W3C, 2025).
 */

import { crc32 } from './crc32.js';

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const GREY = 0;
const PALETTE = 3;

/**
 * A PNG of one channel: grey of 8 or 16 bits, or a palette of up to 8 bits, whose indices are the values.
 *
 * @param {Uint8Array} bytes the file.
 * @returns {Promise<{width: number, height: number, values: Uint8Array | Uint16Array}>} row by row.
 * @throws {Error} anything else.
 */
export async function decodePng(bytes) {
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) throw new Error('not a PNG file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header;
  const packed = [];
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') header = readHeader(content);
    if (type === 'IDAT') packed.push(content);
    if (type === 'IEND') break;
    at += length + 12;
  }
  if (!header || packed.length === 0) throw new Error('the PNG has no header or no pixels');
  const { width, height, bits } = header;
  const stream = new Blob(packed).stream().pipeThrough(new DecompressionStream('deflate'));
  const rows = new Uint8Array(await new Response(stream).arrayBuffer());
  const rowBytes = Math.ceil((width * bits) / 8);
  if (rows.length !== height * (rowBytes + 1)) {
    throw new Error(`the PNG holds ${rows.length} bytes of rows; its size needs ${height * (rowBytes + 1)}`);
  }
  const plain = unfilter(rows, height, rowBytes, bits === 16 ? 2 : 1);
  return { width, height, values: unpack(plain, width, height, rowBytes, bits) };
}

function readHeader(content) {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [bits, colourType, , , interlace] = content.subarray(8, 13);
  const isReadable = colourType === PALETTE ? bits <= 8 : colourType === GREY && bits >= 8;
  if (!isReadable || interlace !== 0) {
    throw new Error(
      `the PNG has colour type ${colourType}, ${bits} bits, interlace ${interlace}; expected one channel`,
    );
  }
  return { width: view.getUint32(0), height: view.getUint32(4), bits };
}

/** Undo the prediction of each row from its left and upper neighbours. */
function unfilter(rows, height, rowBytes, pixelBytes) {
  const plain = new Uint8Array(height * rowBytes);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (rowBytes + 1)];
    const from = y * (rowBytes + 1) + 1;
    const to = y * rowBytes;
    if (filter === 0) {
      plain.set(rows.subarray(from, from + rowBytes), to);
      continue;
    }
    if (filter > 4) throw new Error(`the PNG has a row with filter ${filter}; there are 0 to 4`);
    if (filter === 2) {
      for (let x = 0; x < rowBytes; x++) plain[to + x] = rows[from + x] + (y > 0 ? plain[to + x - rowBytes] : 0);
      continue;
    }
    for (let x = 0; x < rowBytes; x++) {
      const left = x >= pixelBytes ? plain[to + x - pixelBytes] : 0;
      const up = y > 0 ? plain[to + x - rowBytes] : 0;
      const upLeft = y > 0 && x >= pixelBytes ? plain[to + x - rowBytes - pixelBytes] : 0;
      const guess = filter === 1 ? left : filter === 3 ? (left + up) >> 1 : paeth(left, up, upLeft);
      plain[to + x] = rows[from + x] + guess;
    }
  }
  return plain;
}

function paeth(left, up, upLeft) {
  const toLeft = Math.abs(up - upLeft);
  const toUp = Math.abs(left - upLeft);
  const toUpLeft = Math.abs(left + up - 2 * upLeft);
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}

function unpack(plain, width, height, rowBytes, bits) {
  if (bits === 8) return plain;
  if (bits === 16) {
    const values = new Uint16Array(width * height);
    for (let i = 0; i < values.length; i++) values[i] = (plain[2 * i] << 8) | plain[2 * i + 1];
    return values;
  }
  const values = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const shift = 8 - bits - ((x * bits) & 7);
      values[y * width + x] = (plain[y * rowBytes + ((x * bits) >> 3)] >> shift) & ((1 << bits) - 1);
    }
  }
  return values;
}

/**
 * A map as a grey PNG: 8 bits for a Uint8Array, 16 for a Uint16Array.
 *
 * @param {Uint8Array | Uint16Array} values row by row.
 * @param {Uint8Array} [palette] RGB triples: makes an 8-bit map a palette PNG, whose index is the value.
 * @returns {Promise<Blob>}
 */
export async function encodePng(values, width, height, palette) {
  const valueBytes = values.BYTES_PER_ELEMENT;
  const rowBytes = width * valueBytes;
  const plain = valueBytes === 1 ? values : bigEndian(values);
  // Rows of a map resemble the row above: what filter 2 leaves over is mostly zero.
  const rows = new Uint8Array(height * (rowBytes + 1));
  for (let y = 0; y < height; y++) {
    const to = y * (rowBytes + 1);
    rows[to] = 2;
    for (let x = 0; x < rowBytes; x++) {
      rows[to + 1 + x] = plain[y * rowBytes + x] - (y > 0 ? plain[(y - 1) * rowBytes + x] : 0);
    }
  }
  const stream = new Blob([rows]).stream().pipeThrough(new CompressionStream('deflate'));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8 * valueBytes;
  header[9] = palette ? PALETTE : GREY;
  const chunks = [chunk('IHDR', header), palette ? chunk('PLTE', palette) : [], chunk('IDAT', packed)];
  return new Blob([new Uint8Array(SIGNATURE), ...chunks.flat(), ...chunk('IEND', new Uint8Array())], {
    type: 'image/png',
  });
}

function bigEndian(values) {
  const bytes = new Uint8Array(2 * values.length);
  values.forEach((value, i) => {
    bytes[2 * i] = value >> 8;
    bytes[2 * i + 1] = value & 255;
  });
  return bytes;
}

function chunk(type, content) {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, content.length);
  const body = new Uint8Array(4 + content.length);
  for (let i = 0; i < 4; i++) body[i] = type.charCodeAt(i);
  body.set(content, 4);
  const sum = new Uint8Array(4);
  new DataView(sum.buffer).setUint32(0, crc32(body));
  return [length, body, sum];
}
