/** ZIP archives without compression: what goes in are JPEG, PNG and short JSON files. Source: PKWARE's APPNOTE 6.3. */

import { crc32 } from './crc32.js';

const UTF8_NAMES = 0x0800;

/**
 * @param {Iterable<[string, Blob]>} files path within the archive (with /) and content.
 * @param {Date} [now] the time that every entry bears.
 * @returns {Promise<Blob>}
 */
export async function zip(files, now = new Date()) {
  const time = (now.getHours() << 11) | (now.getMinutes() << 5) | (now.getSeconds() >> 1);
  const date = ((now.getFullYear() - 1980) << 9) | ((now.getMonth() + 1) << 5) | now.getDate();
  const bodies = [];
  const directory = [];
  let offset = 0;
  for (const [path, blob] of files) {
    const name = new TextEncoder().encode(path);
    const sum = crc32(new Uint8Array(await blob.arrayBuffer()));
    const shared = [
      [20, 2],
      [UTF8_NAMES, 2],
      [0, 2],
      [time, 2],
      [date, 2],
      [sum, 4],
      [blob.size, 4],
      [blob.size, 4],
      [name.length, 2],
      [0, 2],
    ];
    bodies.push(fields([[0x04034b50, 4], ...shared]), name, blob);
    directory.push(fields([[0x02014b50, 4], [20, 2], ...shared, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]]), name);
    offset += 30 + name.length + blob.size;
  }
  const count = directory.length / 2;
  const directorySize = directory.reduce((size, part) => size + part.length, 0);
  const end = fields([
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [count, 2],
    [count, 2],
    [directorySize, 4],
    [offset, 4],
    [0, 2],
  ]);
  return new Blob([...bodies, ...directory, end], { type: 'application/zip' });
}

/** Little-endian numbers, each given as [value, bytes]. */
function fields(numbers) {
  const bytes = new Uint8Array(numbers.reduce((size, [, width]) => size + width, 0));
  let at = 0;
  for (const [value, width] of numbers) {
    for (let i = 0; i < width; i++) bytes[at++] = (value >>> (8 * i)) & 255;
  }
  return bytes;
}
